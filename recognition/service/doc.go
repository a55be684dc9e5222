// Package service knows how store, accounts and HTTP make one recognition
// service: which right an operation asks for, which answers are kept in memory
// and for how long they are true. The service is a value that ctiserver, the
// demo and tests start.
package service
