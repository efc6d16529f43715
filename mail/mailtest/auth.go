package mailtest

import (
	"encoding/base64"
	"strings"
)

// authenticate knows PLAIN, which is all that a client on this machine needs.
func (c *session) authenticate(argument string) {
	method, given, _ := strings.Cut(argument, " ")
	if !strings.EqualFold(method, "PLAIN") {
		c.say("504 5.5.4 PLAIN only")
		return
	}
	shown, err := base64.StdEncoding.DecodeString(given)
	parts := strings.Split(string(shown), "\x00")
	if err != nil || len(parts) != 3 || parts[1] != "kaart" || parts[2] != c.server.password {
		c.say("535 5.7.8 wrong name or password")
		return
	}
	c.trusted = true
	c.say("235 2.7.0 welcome")
}
