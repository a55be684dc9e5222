package config

import (
	"fmt"
	"slices"
	"strings"
)

// secretWords give away a key that wants to hold a secret.
var secretWords = [...]string{"password", "passwd", "passphrase", "secret", "token", "credential", "api_key", "apikey", "private_key"}

func unknownText(key string) string {
	lower := strings.ToLower(key)
	for _, word := range secretWords {
		if strings.Contains(lower, word) {
			return "secrets are not kept in a settings file; remove this line and sign in, then the secret is kept in the keyring"
		}
	}
	if near := nearest(lower); near != "" {
		return fmt.Sprintf("there is no such setting; did you mean %s?", near)
	}
	return "there is no such setting; the reference page lists all"
}

// nearest is the known key (or group) that a person most likely meant, or "".
func nearest(key string) string {
	var known []string
	for _, f := range fields() {
		if strings.Contains(key, ".") {
			known = append(known, f.key)
		} else if group, _, _ := strings.Cut(f.key, "."); !slices.Contains(known, group) {
			known = append(known, group)
		}
	}
	// The right name in the wrong group, or with no group at all.
	name := key[strings.IndexByte(key, '.')+1:]
	for _, f := range fields() {
		if strings.HasSuffix(f.key, "."+name) {
			return f.key
		}
	}
	best, bestAt := "", len(key)/3+2
	for _, k := range known {
		if d := distance(key, k); d < bestAt {
			best, bestAt = k, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace to make a into b.
func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 1000 // nobody typed that by mistake
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
