// Package config knows what the agent can be told to do differently: every
// setting, its good default, what it means in words, who may change it, and
// how the three layers (built in, the user's file, the administrator's policy)
// become one set of values.
//
// Secrets are not settings. A key that looks like a password is refused; those
// belong in credstore.
package config
