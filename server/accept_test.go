package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"klantkaart/crm"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]media{
		"": mediaJSON, "*/*": mediaJSON, "application/*": mediaJSON, "application/json": mediaJSON,
		"application/graphql-response+json":                                                 mediaGraphQL,
		"application/graphql-response+json; charset=utf-8, application/json; charset=utf-8": mediaGraphQL,
		"application/json, application/graphql-response+json":                               mediaGraphQL,
		"application/json, application/graphql-response+json;q=0.9":                         mediaJSON,
		"application/graphql-response+json;q=0.5, application/json;q=0.6":                   mediaJSON,
		"application/graphql-response+json;q=0, */*":                                        mediaJSON,
		"application/json;q=0, */*;q=0.1":                                                   mediaGraphQL,
		"text/html, */*;q=0.8":                                                              mediaJSON,
		"APPLICATION/JSON":                                                                  mediaJSON,
		"text/html":                                                                         "",
		"application/json;q=0":                                                              "",
		"application/json;q=2":                                                              "",
		"application/json; charset=iso-8859-1":                                              "",
		"multipart/mixed":                                                                   "",
		"nonsense;;=":                                                                       "",
		"text/*":                                                                            "",
		"text/event-stream;q=0":                                                             "",
	} {
		if got := negotiate([]string{accept}); got.answer != want || got.events {
			t.Errorf("for %q the form is %q with events %v, want %q", accept, got.answer, got.events, want)
		}
	}
}

func TestNegotiateEvents(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]media{
		"text/event-stream":                         "",
		"TEXT/Event-Stream; charset=UTF-8":          "",
		"text/event-stream, multipart/mixed":        "",
		"text/event-stream;q=0.1, application/json": mediaJSON,
		"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed": mediaGraphQL,
		"text/event-stream, */*": mediaJSON,
	} {
		if got := negotiate([]string{accept}); got != (forms{want, true}) {
			t.Errorf("for %q it is %+v, want %q and events", accept, got, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]crm.Language{
		"": crm.LanguageEN, "nl": crm.LanguageNL, "nl-BE, en;q=0.8": crm.LanguageNL, "en, nl": crm.LanguageEN,
		"de, nl;q=0.3": crm.LanguageNL, "de": crm.LanguageEN, "en;q=0.1, nl;q=0.9": crm.LanguageNL, "!!": crm.LanguageEN,
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Accept-Language", header)
		if got := languageOf(request); got != want {
			t.Errorf("for %q the language is %s, want %s", header, got, want)
		}
	}
}
