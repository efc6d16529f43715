package main

import "net/http"

// hsts has browsers ask by https alone, for a year.
const hsts = "max-age=31536000"

// guarded puts on every answer what keeps a browser from using it as something else: answers are data, which run
// nothing, stand in no frame, and tell no other site where one was. What is a page, or a file, says so itself.
func (n *node) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-site")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if n.config.secure() {
			header.Set("Strict-Transport-Security", hsts)
		}
		next.ServeHTTP(w, r)
	})
}

// isSimple tells whether a page of another origin can have a browser send the request with the user's cookie and
// without asking first: it has a cookie, and neither a token nor the header that such a page cannot send.
func (n *node) isSimple(r *http.Request) bool {
	_, shown := n.credential(r)
	return shown && r.Header.Get("Authorization") == "" && r.Header.Get(clientHeader) == ""
}
