// Package credstoretest knows what every store of secrets must do, and tries it.
package credstoretest
