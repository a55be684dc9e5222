package httpapi

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// clientTLS gives the one trust decision of the client: the system's roots,
// plus a CA for this host, or one pinned certificate. There is no switch that
// trusts anything else.
func clientTLS(cfg ClientConfig) (*tls.Config, error) {
	if cfg.CAFile != "" && cfg.Fingerprint != "" {
		return nil, errors.New("httpapi: configure a CA file or a fingerprint, not both")
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	switch {
	case cfg.CAFile != "":
		pool, err := rootsWith(cfg.CAFile)
		if err != nil {
			return nil, err
		}
		t.RootCAs = pool
	case cfg.Fingerprint != "":
		pin, err := ParseFingerprint(cfg.Fingerprint)
		if err != nil {
			return nil, err
		}
		// The standard check is replaced by a narrower one, not left out: this
		// certificate and no other, whatever name it carries. VerifyConnection
		// runs on resumed connections too.
		t.InsecureSkipVerify = true
		t.VerifyConnection = pinned(pin, time.Now)
	}
	return t, nil
}

func pinned(pin [32]byte, now func() time.Time) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errPin
		}
		leaf := state.PeerCertificates[0]
		sum := sha256.Sum256(leaf.Raw)
		if subtle.ConstantTimeCompare(sum[:], pin[:]) != 1 {
			return errPin
		}
		if t := now(); t.Before(leaf.NotBefore) || t.After(leaf.NotAfter) {
			return errPinExpired
		}
		return nil
	}
}

// rootsWith gives the system's roots and those of a file.
func rootsWith(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("httpapi: the CA file cannot be read: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without roots: the file alone counts
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("httpapi: %s holds no certificate in PEM form", file)
	}
	return pool, nil
}

// ParseFingerprint reads a SHA-256 fingerprint as programs print it: 64 hex
// digits, with or without colons or spaces, with or without "sha256:".
func ParseFingerprint(s string) (pin [32]byte, err error) {
	text := strings.ToLower(strings.TrimSpace(s))
	text = strings.TrimPrefix(text, "sha256:")
	text = strings.TrimPrefix(text, "sha-256:")
	text = strings.NewReplacer(":", "", " ", "").Replace(text)
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(pin) {
		return pin, errors.New("httpapi: a fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits, colons allowed")
	}
	return [32]byte(b), nil
}

// Fingerprint gives the SHA-256 of a certificate's DER form as ParseFingerprint
// reads it.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// FingerprintPEM gives the fingerprint of the first certificate of a PEM file.
func FingerprintPEM(text []byte) (string, error) {
	for {
		block, rest := pem.Decode(bytes.TrimSpace(text))
		if block == nil {
			return "", errors.New("httpapi: there is no certificate in PEM form")
		}
		if block.Type == "CERTIFICATE" {
			return Fingerprint(block.Bytes), nil
		}
		text = rest
	}
}
