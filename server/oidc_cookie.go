package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"klantkaart/crm"
)

// signOnCookie holds what a browser must bring back from the provider to the server, by the provider's path.
const signOnCookie = "klantkaart_oidc"

// signOnLasts is how long someone may be at the provider.
const signOnLasts = 10 * time.Minute

// away is what a browser keeps while it is at the provider. It is signed by a key of that provider's, so that it
// works on every node, and at no other provider.
type away struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Return   string `json:"r"`
	Until    int64  `json:"u"`
}

var errAway = errors.New("the browser did not leave from here, or too long ago")

func mark(provider *crm.IdentityProvider, content string) []byte {
	of := hmac.New(sha256.New, []byte(provider.CookieKey))
	of.Write([]byte(string(provider.ID) + "\n" + content))
	return of.Sum(nil)
}

// keepAway gives the browser what it must bring back; nothing takes it away again.
func (n *node) keepAway(w http.ResponseWriter, provider *crm.IdentityProvider, what *away) {
	cookie := &http.Cookie{ //nolint:gosec // secure wherever there is https
		Name: signOnCookie, Path: crm.SignOnPath + string(provider.ID) + "/", MaxAge: -1,
		HttpOnly: true, Secure: n.config.secure(), SameSite: http.SameSiteLaxMode,
	}
	if what != nil {
		text, err := json.Marshal(what)
		if err != nil {
			panic(err) // it is made of texts
		}
		content := base64.RawURLEncoding.EncodeToString(text)
		cookie.Value = content + "." + base64.RawURLEncoding.EncodeToString(mark(provider, content))
		cookie.MaxAge = int(signOnLasts / time.Second)
	}
	http.SetCookie(w, cookie)
}

// broughtBack reads what the browser was given when it left.
func broughtBack(r *http.Request, provider *crm.IdentityProvider, now time.Time) (*away, error) {
	cookie, err := r.Cookie(signOnCookie)
	if err != nil {
		return nil, errAway
	}
	content, signature, _ := strings.Cut(cookie.Value, ".")
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(given, mark(provider, content)) {
		return nil, errAway
	}
	text, err := base64.RawURLEncoding.DecodeString(content)
	what := &away{}
	if err != nil || json.Unmarshal(text, what) != nil || now.Unix() > what.Until {
		return nil, errAway
	}
	return what, nil
}

// maxReturn is how long a path to go on at may be; the cookie holds it.
const maxReturn = 1000

// localPath gives a path of this server's to go on at, or nothing when it may lead elsewhere. Browsers take a
// backslash for a slash, and leave out tabs and line ends.
func localPath(text string) string {
	if text == "" {
		return "/"
	}
	address, err := url.Parse(text)
	if err != nil || len(text) > maxReturn || address.Scheme != "" || address.Host != "" || address.User != nil ||
		!strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsRune(text, '\\') ||
		strings.HasPrefix(address.Path, "//") || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	return text
}
