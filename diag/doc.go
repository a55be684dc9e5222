// Package diag knows how the agent is doing: which parts are well, what went
// wrong lately, and how all of that is written down and handed to somebody else
// without a telephone number, an address or a secret in it.
package diag
