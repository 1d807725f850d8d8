package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"

	"github.com/seed-7d826362/jira-mcp/cmd/jira-mcp/internal/config"
	"github.com/seed-7d826362/jira-mcp/jira"
	"github.com/seed-7d826362/jira-mcp/jira/credential"
	"github.com/seed-7d826362/jira-mcp/jira/credential/keyring"
)

// connection fills in how Jira is reached and with which credential. Nothing
// is sent, run or asked yet; only files are looked at.
func (a *app) connection(cfg config.Config, o *jira.Options) error {
	source, err := a.source(cfg, o.Logger)
	if err != nil {
		return err
	}
	transport, err := a.transport(cfg)
	if err != nil {
		return err
	}
	o.Base, o.Credential, o.Transport = cfg.Base(), source, transport
	o.Auth, o.CloudID, o.Gateway, o.Headers = jira.Auth(cfg.Way()), cfg.CloudID, gateway(o.Base), cfg.ExtraHeaders()
	for _, values := range o.Headers {
		for _, v := range values {
			a.redactor.AddSecret(credential.NewSecret(v))
		}
	}
	return nil
}

// source is where the token comes from.
func (a *app) source(cfg config.Config, log *slog.Logger) (*credential.Rotation, error) {
	r := &credential.Rotation{Email: cfg.Email, Expires: cfg.ExpiryDay(), Log: log, Now: a.now, Seen: a.redactor.Add}
	first, err := a.origin(cfg, log)
	if err != nil {
		return nil, err
	}
	r.Origins = append(r.Origins, first)
	switch {
	case !cfg.Next.IsZero():
		r.Origins = append(r.Origins, credential.Variable{Name: cfg.From("JIRA_API_TOKEN_NEXT"), Value: cfg.Next})
	case cfg.NextFile != "":
		r.Origins = append(r.Origins, &credential.File{Path: cfg.NextFile, Log: log})
	}
	// What is known already is kept out of everything from now on.
	for _, token := range []credential.Secret{cfg.Token, cfg.Next, cfg.Access} {
		a.redactor.Add(credential.Credential{Email: cfg.Email, Token: token})
	}
	return r, nil
}

func (a *app) origin(cfg config.Config, log *slog.Logger) (credential.Origin, error) {
	switch {
	case !cfg.Access.IsZero():
		return credential.Variable{Name: cfg.From("JIRA_ACCESS_TOKEN"), Value: cfg.Access}, nil
	case cfg.TokenFile != "":
		if _, _, err := credential.ReadPrivate(cfg.TokenFile, maxEnvFile); err != nil {
			return nil, config.Problems{"JIRA_API_TOKEN_FILE: " + err.Error()}
		}
		return &credential.File{Path: cfg.TokenFile, Log: log}, nil
	case cfg.TokenCommand != "":
		command, err := credential.NewCommand(cfg.TokenCommand, a.now)
		if err != nil {
			return nil, config.Problems{"JIRA_API_TOKEN_COMMAND: " + err.Error()}
		}
		if _, err := exec.LookPath(command.Args[0]); err != nil {
			return nil, config.Problems{fmt.Sprintf("JIRA_API_TOKEN_COMMAND: there is no program %q; an assistant may start this server with a shorter PATH than yours, so write the whole path", command.Args[0])}
		}
		command.Env = slices.DeleteFunc(os.Environ(), config.HoldsSecret)
		return command, nil
	case !cfg.Token.IsZero():
		return credential.Variable{Name: cfg.From("JIRA_API_TOKEN"), Value: cfg.Token}, nil
	}
	return &keyring.Origin{Site: cfg.Site, Store: a.keyring, Now: a.now}, nil
}

// transport is the way to the site and the gateway: through the proxy of the
// environment, with the configured certificates. There is no switch that
// turns the verification of TLS off.
func (a *app) transport(cfg config.Config) (*http.Transport, error) {
	o := jira.TransportOptions{Trusted: []*url.URL{cfg.Base()}, Proxy: http.ProxyFromEnvironment}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		if u, err := url.Parse(os.Getenv(name)); err == nil && u.User != nil {
			password, _ := u.User.Password()
			a.redactor.AddSecret(credential.NewSecret(password))
		}
	}
	if cfg.CAFile != "" {
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, config.Problems{"JIRA_CA_FILE: " + err.Error()}
		}
		if o.Roots, err = x509.SystemCertPool(); err != nil {
			o.Roots = x509.NewCertPool()
		}
		if !o.Roots.AppendCertsFromPEM(pem) {
			return nil, config.Problems{"JIRA_CA_FILE: there is no certificate in " + cfg.CAFile + " (PEM is needed)"}
		}
	}
	if cfg.ClientCert != "" {
		pair, err := tls.LoadX509KeyPair(cfg.ClientCert, cfg.ClientKey)
		if err != nil {
			return nil, config.Problems{"JIRA_CLIENT_CERT and JIRA_CLIENT_KEY: " + err.Error()}
		}
		o.Certificates = []tls.Certificate{pair}
	}
	return jira.NewTransport(o), nil
}
