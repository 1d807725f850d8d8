package httpserver

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-7d826362/jira-mcp/jira/credential"
)

// maxTokens is how many bearer tokens are accepted at the same time: the present one and
// the next, while callers change over.
const maxTokens = 2

// hashesOfTokens returns the SHA-256 of the bearer tokens in the text of a file, one a
// line. A token with fewer than 16 characters is an error, and so are more than
// maxTokens.
func hashesOfTokens(text []byte) (hashes [][sha256.Size]byte, _ error) {
	for _, line := range strings.FieldsFunc(string(credential.DecodeText(text)), func(r rune) bool { return r == '\n' || r == '\r' }) {
		token := strings.TrimSpace(line)
		switch {
		case token == "":
			continue
		case len(token) < 16:
			return nil, errors.New("--auth-token-file: a token has fewer than 16 characters")
		}
		hashes = append(hashes, sha256.Sum256([]byte(token)))
	}
	switch {
	case len(hashes) == 0:
		return nil, errors.New("--auth-token-file: the file has no token")
	case len(hashes) > maxTokens:
		return nil, fmt.Errorf("--auth-token-file: %d tokens; at most %d are accepted at the same time", len(hashes), maxTokens)
	}
	return hashes, nil
}

// addFiles reads the bearer tokens and the certificate, now and whenever they change.
func (s *Server) addFiles() error {
	if file := s.o.AuthTokenFile; file != "" {
		err := s.o.Files.Add("the file with the bearer tokens", []string{file}, func(texts [][]byte) error {
			hashes, err := hashesOfTokens(texts[0])
			if err == nil {
				s.h.tokens.Store(&hashes)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if s.o.TLSCert == "" {
		return nil
	}
	return s.o.Files.Add("the certificate", []string{s.o.TLSCert, s.o.TLSKey}, func(texts [][]byte) error {
		pair, err := tls.X509KeyPair(texts[0], texts[1])
		if err != nil {
			return fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		s.certificate.Store(&pair)
		return nil
	})
}
