package main

import (
	"net/http"
	"strings"

	"github.com/rs/cors"

	"klantkaart/crm"
	"klantkaart/graph"
	"klantkaart/web"
)

// clientHeader names the client: its own screens recognise by it the changes they made, and a page of
// another origin cannot send it without asking first.
const clientHeader = "Klantkaart-Client"

// routes are the ways in.
func (n *node) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", n.livez)
	mux.HandleFunc("GET /readyz", n.readyz)
	mux.Handle("GET /metrics", n.metrics.handler())
	mux.Handle("/session", uncached(http.HandlerFunc(n.session)))
	mux.Handle("POST /session/invitation", uncached(http.HandlerFunc(n.acceptInvitation)))
	mux.Handle("POST /session/code", uncached(http.HandlerFunc(n.signInCode)))
	mux.Handle("POST /session/enrolment", uncached(http.HandlerFunc(n.signInEnrol)))
	mux.Handle("POST /session/enrolment/confirm", uncached(http.HandlerFunc(n.signInConfirm)))
	mux.Handle("POST /session/reset", uncached(http.HandlerFunc(n.requestReset)))
	mux.Handle("POST /session/password", uncached(http.HandlerFunc(n.resetPassword)))
	mux.Handle("GET "+crm.SignOnPath+"{provider}/start", uncached(http.HandlerFunc(n.startSignOn)))
	mux.Handle("GET "+crm.SignOnPath+"{provider}/callback", uncached(http.HandlerFunc(n.finishSignOn)))
	mux.Handle("/graphql", uncached(http.HandlerFunc(n.graphql)))
	mux.Handle("GET "+crm.ReportFiles+"{id}", uncached(n.identified(n.report)))
	mux.Handle("GET "+crm.CalendarFiles+"{file}", uncached(n.identified(n.appointment)))
	mux.Handle("GET "+crm.OwnCalendar, uncached(calendarCredential(n.identified(n.ownCalendar))))
	mux.Handle("POST "+strings.TrimSuffix(crm.FilesPath, "/"), uncached(n.identified(n.upload)))
	mux.Handle("GET "+crm.DocumentsPath+"{id}", uncached(n.identified(n.paper)))
	mux.Handle("GET "+crm.FilesPath+"{id}", uncached(n.identified(n.file)))
	if n.config.Mode == Demo {
		explorer := web.Explorer(web.Settings{Colleagues: demoColleagues()})
		mux.Handle("GET /{$}", explorer)
		mux.Handle("GET /explorer/", explorer)
	}
	return n.request(n.guarded(n.cors(n.sameOrigin(known(mux)))))
}

// known has what no route serves refused like anything else, where the mux would answer in plain English.
func known(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		said := &unsent{header: http.Header{}}
		handler.ServeHTTP(said, r)
		if said.status == http.StatusMethodNotAllowed {
			refuseMethod(w, r, said.header.Get("Allow"))
			return
		}
		refuse(w, r, http.StatusNotFound, notFound, crm.Text{NL: "Op dit adres is niets.", EN: "There is nothing at this address."})
	})
}

// unsent is an answer that only its status and header count of.
type unsent struct {
	header http.Header
	status int
}

func (u *unsent) Header() http.Header            { return u.header }
func (u *unsent) WriteHeader(status int)         { u.status = status }
func (u *unsent) Write(body []byte) (int, error) { return len(body), nil }

func demoColleagues() []web.Colleague {
	var shown []web.Colleague
	for _, one := range crm.DemoColleagues() {
		shown = append(shown, web.Colleague{Name: one.Name, Email: one.Email, Password: one.Password, Role: one.JobTitle})
	}
	return shown
}

// uncached marks answers as made for one moment, one origin and one media type.
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Accept")
		next.ServeHTTP(w, r)
	})
}

// cors lets the web applications of allowed origins call.
func (n *node) cors(next http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowOriginFunc: n.allowedOrigin,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost, http.MethodDelete},
		AllowedHeaders: []string{"Accept", "Authorization", "Content-Type", "Content-Disposition", "Range", clientHeader, requestIDHeader,
			lastEventID, graph.IdempotencyHeader},
		ExposedHeaders:   []string{requestIDHeader, "Retry-After", "Content-Disposition", "Content-Range"},
		AllowCredentials: true,
		MaxAge:           600,
	}).Handler(next)
}

func (n *node) allowedOrigin(origin string) bool { return n.config.origins[origin] }

// sameOrigin refuses what a page of a foreign origin has a browser send along with the user's cookie.
// Programs do not name an origin, and pass.
func (n *node) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, forbiddenOrigin, foreignOrigin())
	}))
	for origin := range n.config.origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			panic(err) // the configuration was checked
		}
	}
	return protection.Handler(next)
}
