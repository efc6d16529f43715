// Package web is the part of the product that runs in a browser: the explorer, GraphiQL with prepared operations.
//
// Everything it serves is embedded; nothing comes from another host. The sources of the bundle lie in explorer/src,
// `npm ci && npm run build` in explorer/ makes explorer/dist. A prepared operation needs no build: it is a file in
// explorer/operations, with its variables beside it.
package web

import (
	"net/http"
)

// contentSecurityPolicy lets a page load and call its own server, and nothing else: no inline script or style,
// no frame around it.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Settings tell the explorer where the graph is and who may sign in with one click.
type Settings struct {
	// Endpoint is the path for queries and mutations; "/graphql" when empty.
	Endpoint string
	// Socket is the path for subscriptions over graphql-transport-ws; "/graphql" when empty.
	Socket string
	// Colleagues get a sign-in button each. Their passwords are in the page for everyone to read:
	// fill this for the demo office only.
	Colleagues []Colleague
}

// Colleague is someone of the demo office.
type Colleague struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Password string `json:"password"`
	// Role is what the colleague does, in the words of the office, such as "accountmanager".
	Role string `json:"role"`
}

// Explorer serves the explorer's page at "/" and what it loads under "/explorer/"; every other path is not found.
// The page signs in at POST /session and signs out at DELETE /session.
func Explorer(settings Settings) http.Handler {
	assets := loadAssets()
	index := indexPage(settings, assets)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		index.serve(w, r, "no-cache")
	})
	mux.HandleFunc("GET /explorer/{name}", func(w http.ResponseWriter, r *http.Request) {
		asset, found := assets[r.PathValue("name")]
		if !found {
			http.NotFound(w, r)
			return
		}
		asset.serve(w, r, cacheControl(asset, r))
	})
	return guarded(mux)
}

// cacheControl lets a browser keep an asset that was asked for by its version, and makes it ask again otherwise.
func cacheControl(a *asset, r *http.Request) string {
	if r.URL.Query().Get("v") == a.version {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
