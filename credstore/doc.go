// Package credstore knows where a secret is kept on this machine and keeps it
// from being printed.
package credstore
