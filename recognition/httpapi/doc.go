// Package httpapi knows how the recognition service is spoken to: paths, JSON
// and problem documents of its HTTPS interface. Client and server stand beside
// the wire types so that they cannot drift apart.
package httpapi
