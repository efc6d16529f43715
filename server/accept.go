package main

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"klantkaart/crm"
	"klantkaart/transport"
)

// media is a form of answer, after GraphQL over HTTP. They differ in the status of a request that cannot
// be executed: the older form says 200 whatever the answer holds.
type media string

const (
	mediaGraphQL media = "application/graphql-response+json"
	mediaJSON    media = "application/json"
)

func (m media) contentType() string { return string(m) + "; charset=utf-8" }

// requestErrorStatus is that of a document that cannot be executed.
func (m media) requestErrorStatus() int {
	if m == mediaGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// forms are those of answer that a client takes.
type forms struct {
	answer media // the one for answers that come once; empty when the client takes none of them
	events bool  // whether it follows event streams
}

// negotiate finds out what a client takes. Among the forms of JSON it is the one that Accept weighs most
// (RFC 9110, 12.5.1); without a preference application/json, as the specification wants for clients that
// do not know the newer form. Event streams are for clients that name them: many say that they take
// anything, and few of those would read a stream.
func negotiate(accepted []string) forms {
	ranges := parseAccept(strings.Join(accepted, ","))
	if len(ranges) == 0 {
		return forms{answer: mediaJSON}
	}
	newer, named := weight(ranges, mediaGraphQL)
	older, _ := weight(ranges, mediaJSON)
	events, eventsNamed := weight(ranges, transport.EventStream)
	taken := forms{answer: mediaJSON, events: events > 0 && eventsNamed}
	switch {
	case newer == 0 && older == 0:
		taken.answer = ""
	case newer > older || newer == older && named:
		taken.answer = mediaGraphQL
	}
	return taken
}

// acceptedRange is one entry of Accept.
type acceptedRange struct {
	media  string
	weight float64
}

func parseAccept(header string) []acceptedRange {
	var ranges []acceptedRange
	for entry := range strings.SplitSeq(header, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		name, parameters, err := mime.ParseMediaType(entry)
		if err != nil || !isUTF8(parameters) {
			ranges = append(ranges, acceptedRange{}) // matches nothing, but was a wish
			continue
		}
		ranges = append(ranges, acceptedRange{name, qualityOf(parameters)})
	}
	return ranges
}

// qualityOf reads the q parameter; what is no number from 0 to 1 weighs nothing.
func qualityOf(parameters map[string]string) float64 {
	text, given := parameters["q"]
	if !given {
		return 1
	}
	quality, err := strconv.ParseFloat(text, 64)
	if err != nil || quality < 0 || quality > 1 {
		return 0
	}
	return quality
}

// weight finds what the most exact range says of a form, and whether it names the form itself.
func weight(ranges []acceptedRange, of media) (found float64, named bool) {
	for _, pattern := range []string{string(of), "application/*", "*/*"} {
		for _, one := range ranges {
			if one.media == pattern {
				return one.weight, pattern == string(of)
			}
		}
	}
	return 0, false
}

// isUTF8 tells whether the charset parameter, if any, names the only one there is.
func isUTF8(parameters map[string]string) bool {
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// isJSON tells whether a request's body is declared as JSON. Only that: a page of another origin cannot
// send it without asking first.
func isJSON(r *http.Request) bool {
	name, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && name == string(mediaJSON) && isUTF8(parameters) && r.Header.Get("Content-Encoding") == ""
}

// spoken are the languages of messages. Making a matcher takes longer than many a request.
var spoken = language.NewMatcher([]language.Tag{language.English, language.Dutch})

// languageOf is the language of messages that the client wants: Dutch, or else English.
func languageOf(r *http.Request) crm.Language {
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return crm.LanguageEN
	}
	_, index, _ := spoken.Match(wanted...)
	if index == 1 {
		return crm.LanguageNL
	}
	return crm.LanguageEN
}
