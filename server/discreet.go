package main

import (
	"fmt"
	"log/slog"
	"regexp"
)

// withheld is what stands in the log in place of what does not belong there.
const withheld = "[withheld]"

// private finds, in what others say to us, what must not be kept in a log: addresses, tokens, bank accounts. Our own
// lines name nobody; but a mail server repeats the address it refuses, a database the value it does not take, and a
// panic whatever it was busy with.
var private = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+(@|%40)[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+` + // an e-mail address
	`|\bkk[a-z]_[A-Za-z0-9_-]{8,}` + // a token of ours
	`|\beyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*` + // a JWT
	`|\b[A-Z]{2}[0-9]{2} ?[A-Z]{4}( ?[0-9]){10}\b`) // an IBAN of the Netherlands

// discreet leaves out of each attribute what is private, whoever wrote it. Numbers, moments and the like hold none.
func discreet(_ []string, attribute slog.Attr) slog.Attr {
	switch attribute.Value.Kind() {
	case slog.KindString:
		attribute.Value = slog.StringValue(private.ReplaceAllString(attribute.Value.String(), withheld))
	case slog.KindAny:
		switch value := attribute.Value.Any().(type) {
		case *slog.Source: // where in our text the line was written
		default:
			attribute.Value = slog.StringValue(private.ReplaceAllString(fmt.Sprint(value), withheld))
		}
	}
	return attribute
}
