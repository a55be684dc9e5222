// Command ctiserver is the caller recognition service: it answers whose number
// it is, keeps accounts and scripts, and takes the contacts that are loaded.
package main
