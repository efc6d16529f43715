//go:build race

package main

// raced tells whether this program was built with the race detector; the server then is too.
const raced = true
