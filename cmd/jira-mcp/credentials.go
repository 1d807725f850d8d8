package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/credential/keyring"
)

// configureConnection sets the credential and the transport in o. It sends
// nothing, runs no command and does not ask the keyring; it only checks files.
func (a *app) configureConnection(cfg config.Config, o *jira.Options) error {
	source, err := a.source(cfg, o.Logger)
	if err != nil {
		return err
	}
	o.Credential = source
	return a.configureTransport(cfg, o)
}

// configureTransport sets in o how Jira is reached: address, proxy,
// certificates, headers. The headers' values count as secrets from then on.
func (a *app) configureTransport(cfg config.Config, o *jira.Options) error {
	transport, err := a.newTransport(cfg)
	if err != nil {
		return err
	}
	o.Base, o.Transport = cfg.Base(), transport
	o.Auth, o.CloudID, o.Gateway, o.Headers = jira.Auth(cfg.AuthMethod()), cfg.CloudID, sandboxGateway(o.Base), cfg.ExtraHeaders()
	for _, values := range o.Headers {
		for _, v := range values {
			a.addSecret(v)
		}
	}
	return nil
}

// source returns the credential with the places where its token is: the first,
// and the one that takes over when Jira refuses that (JIRA_API_TOKEN_NEXT or
// JIRA_API_TOKEN_NEXT_FILE). Files are checked at once, so that a wrong path
// fails at the start and not in the first call.
func (a *app) source(cfg config.Config, log *slog.Logger) (*credential.Rotation, error) {
	r := &credential.Rotation{Email: cfg.Email, Expires: cfg.ExpiryDay(), Log: log, Now: a.now, OnUse: a.redactor.Add}
	first, err := a.origin(cfg, log)
	if err != nil {
		return nil, err
	}
	r.Origins = append(r.Origins, first)
	switch {
	case !cfg.NextToken.IsZero():
		r.Origins = append(r.Origins, credential.Variable{Name: cfg.From("JIRA_API_TOKEN_NEXT"), Value: cfg.NextToken})
	case cfg.NextFile != "":
		if _, _, err := credential.ReadPrivate(cfg.NextFile, maxEnvFile); err != nil {
			return nil, fileProblem("JIRA_API_TOKEN_NEXT_FILE", cfg.NextFile, err)
		}
		r.Origins = append(r.Origins, &credential.File{Path: cfg.NextFile, Log: log})
	}
	// Tokens that are known already are hidden from now on; the others when
	// they are read.
	for _, token := range []credential.Secret{cfg.Token, cfg.NextToken, cfg.Access} {
		a.redactor.Add(credential.Credential{Email: cfg.Email, Token: token})
	}
	return r, nil
}

// origin returns the place where the first token is: the one that a setting
// names, otherwise the keyring. A command must exist and be executable. It does
// not inherit variables that hold secrets.
func (a *app) origin(cfg config.Config, log *slog.Logger) (credential.Origin, error) {
	switch {
	case !cfg.Access.IsZero():
		return credential.Variable{Name: cfg.From("JIRA_ACCESS_TOKEN"), Value: cfg.Access}, nil
	case cfg.TokenFile != "":
		if _, _, err := credential.ReadPrivate(cfg.TokenFile, maxEnvFile); err != nil {
			return nil, fileProblem("JIRA_API_TOKEN_FILE", cfg.TokenFile, err)
		}
		return &credential.File{Path: cfg.TokenFile, Log: log}, nil
	case cfg.TokenCommand != "":
		command, err := credential.NewCommand(cfg.TokenCommand, a.now)
		if err != nil {
			return nil, config.Mistake("JIRA_API_TOKEN_COMMAND: %v", err)
		}
		if _, err := exec.LookPath(command.Args[0]); errors.Is(err, fs.ErrPermission) {
			return nil, config.Mistake("JIRA_API_TOKEN_COMMAND: %s is not executable; run chmod +x on it", config.Shown(command.Args[0]))
		} else if err != nil {
			return nil, config.Mistake("JIRA_API_TOKEN_COMMAND: program %s was not found; an assistant may start this server with a shorter PATH than yours, so use the full path", config.Shown(command.Args[0]))
		}
		command.Env = slices.DeleteFunc(os.Environ(), config.HoldsSecret)
		return command, nil
	case !cfg.Token.IsZero():
		return credential.Variable{Name: cfg.From("JIRA_API_TOKEN"), Value: cfg.Token}, nil
	}
	return &keyring.Origin{Site: cfg.Site, Store: a.keyring, Now: a.now}, nil
}

// checkProxies checks the proxies in the environment, since net/http accepts
// nearly any text as an address, and registers their passwords as secrets.
func (a *app) checkProxies() error {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if !strings.Contains(value, "://") {
			value = "http://" + value
		}
		u, err := url.Parse(value)
		if err != nil || u.Hostname() == "" || strings.Contains(u.Host, " ") || strings.Trim(u.Path, "/") != "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
			return config.Mistake("%s is not a proxy address like http://proxy.example.com:3128", name)
		}
		if password, ok := u.User.Password(); ok {
			a.addSecret(password)
			a.addSecret(u.User.Username() + ":" + password) // the form inside a Basic header, before base64
		}
	}
	return nil
}

// newTransport returns the transport to the site and the gateway: through the
// proxy of the environment, and with the configured certificates. The
// certificates in JIRA_CA_FILE are trusted beside the system's. No setting
// turns the verification of TLS off.
func (a *app) newTransport(cfg config.Config) (*http.Transport, error) {
	o := jira.TransportOptions{Trusted: []*url.URL{cfg.Base(), {Scheme: "https", Host: "api.atlassian.com"}}, Proxy: http.ProxyFromEnvironment}
	if err := a.checkProxies(); err != nil {
		return nil, err
	}
	if cfg.CAFile != "" {
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, config.Mistake("JIRA_CA_FILE: %v", err)
		}
		if o.Roots, err = x509.SystemCertPool(); err != nil {
			o.Roots = x509.NewCertPool()
		}
		if !o.Roots.AppendCertsFromPEM(credential.DecodeText(pem)) {
			return nil, config.Mistake("JIRA_CA_FILE: no certificate in %s (PEM is required)", cfg.CAFile)
		}
	}
	if cfg.ClientCert != "" {
		pair, err := tls.LoadX509KeyPair(cfg.ClientCert, cfg.ClientKey)
		if err != nil {
			return nil, config.Mistake("JIRA_CLIENT_CERT and JIRA_CLIENT_KEY: %v", err)
		}
		o.Certificates = []tls.Certificate{pair}
	}
	return jira.NewTransport(o), nil
}

// fileProblem returns an error about the file that a setting names. It leaves out a
// name that does not look like a path, since it may be a token.
func fileProblem(setting, path string, err error) config.Problems {
	var wrong *fs.PathError
	if errors.As(err, &wrong) && config.Shown(path) != strconv.Quote(path) {
		return config.Mistake("%s: %v; %s", setting, wrong.Err, config.Shown(path))
	}
	return config.Mistake("%s: %v", setting, err)
}
