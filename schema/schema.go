// Package schema holds the contract: the SDL files, whose descriptions are the public documentation. The
// package itself has no code; its test keeps the contract in form.
package schema
