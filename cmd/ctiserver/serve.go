package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"example.org/ctiagent/recognition/httpapi"
	"example.org/ctiagent/recognition/service"
)

func serveFlags(f *flag.FlagSet, c *call) {
	f.StringVar(&c.listen, "listen", "127.0.0.1:8443", "address and port to answer on")
	f.StringVar(&c.cert, "cert", "", "file of the certificate and its chain, PEM")
	f.StringVar(&c.key, "key", "", "file of the private key, PEM")
	f.BoolVar(&c.dev, "dev", false, "use a self-signed certificate for trying things out; agents trust it by its fingerprint")
}

func serve(ctx context.Context, c *call) (err error) {
	if _, err := os.Stat(service.SettingsFile(c.dir)); err != nil {
		return fmt.Errorf("%s is not the data directory of a service; make one with ctiserver init", c.dir)
	}
	tlsConfig, fingerprint, err := c.certificate()
	if err != nil {
		return err
	}
	log := c.logger()
	s, err := service.New(service.Config{Dir: c.dir, TLS: tlsConfig, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return fmt.Errorf("cannot answer on %s: %w", c.listen, err)
	}
	// Two lines that programs may read; everything else goes to standard error.
	fmt.Fprintf(c.out, "address https://%s\n", listener.Addr())
	fmt.Fprintf(c.out, "fingerprint %s\n", fingerprint)
	log.Info("serving", "address", listener.Addr().String(), "dev", c.dev)
	if err := s.Serve(ctx, listener); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// certificate reads the configured pair, or keeps a self-signed one in the data
// directory so that its fingerprint stays.
func (c *call) certificate() (*tls.Config, string, error) {
	cert, key := c.cert, c.key
	switch {
	case c.dev && (cert != "" || key != ""):
		return nil, "", fmt.Errorf("--dev has its own certificate: leave --cert and --key out (%w)", errUsage)
	case c.dev:
		cert, key = filepath.Join(c.dir, "dev-cert.pem"), filepath.Join(c.dir, "dev-key.pem")
		if !valid(cert, key) {
			if err := makeDevCertificate(c.listen, cert, key); err != nil {
				return nil, "", err
			}
		}
	case cert == "" || key == "":
		return nil, "", fmt.Errorf("--cert and --key are missing; --dev makes a self-signed pair (%w)", errUsage)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, "", fmt.Errorf("the certificate cannot be used: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, httpapi.Fingerprint(pair.Certificate[0]), nil
}

// valid reports that a kept pair is good for at least another month.
func valid(cert, key string) bool {
	pair, err := tls.LoadX509KeyPair(cert, key)
	return err == nil && pair.Leaf != nil && time.Now().AddDate(0, 1, 0).Before(pair.Leaf.NotAfter)
}

func makeDevCertificate(listen, certFile, keyFile string) error {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if host, _, err := net.SplitHostPort(listen); err == nil && host != "" {
		hosts = append(hosts, host)
	}
	pair, _, err := service.SelfSigned(hosts...)
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o644)
}
