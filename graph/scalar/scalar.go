// Package scalar reads and writes the values of the API that Go has types for already. What a client
// sends is refused here, with a code, before any business is done.
package scalar

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
)

// moment is RFC 3339 with milliseconds.
const moment = "2006-01-02T15:04:05.000Z07:00"

// MarshalDateTime writes a moment in UTC, with milliseconds.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b := make([]byte, 0, len(moment)+2)
		b = append(b, '"')
		b = t.UTC().AppendFormat(b, moment)
		_, _ = w.Write(append(b, '"'))
	})
}

// UnmarshalDateTime reads a moment with any offset; what is finer than a millisecond is cut off.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, _ := v.(string)
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.UTC().Year() < 1900 || t.UTC().Year() >= 2200 {
		return time.Time{}, refuse("Een moment is RFC 3339, tussen 1900 en 2200, zoals 2026-11-23T09:15:00Z.", "A moment is RFC 3339, between 1900 and 2200, such as 2026-11-23T09:15:00Z.")
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

// MarshalString writes a text.
func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalString reads a text. NUL cannot be stored, and text that is not UTF-8 is no text.
func UnmarshalString(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", refuse("Hier hoort een tekst.", "A text belongs here.")
	}
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return "", refuse("Een tekst bevat geen NUL-tekens.", "A text holds no NUL characters.")
	}
	return text, nil
}

// MarshalInt writes a whole number.
func MarshalInt(i int) graphql.Marshaler { return graphql.MarshalInt(i) }

// UnmarshalInt reads a whole number of 32 bits.
func UnmarshalInt(v any) (int, error) {
	var n int64
	err := error(nil)
	switch v := v.(type) {
	case int:
		n = int64(v)
	case int64:
		n = v
	case json.Number:
		n, err = v.Int64()
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, refuse("Hier hoort een geheel getal van 32 bits.", "A whole number of 32 bits belongs here.")
	}
	return int(n), nil
}

// MarshalJSON writes any value as JSON.
func MarshalJSON(v any) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		encoded, err := json.Marshal(v)
		if err != nil {
			panic(err) // values of the log were read from JSON
		}
		_, _ = w.Write(encoded)
	})
}

// UnmarshalJSON takes any value.
func UnmarshalJSON(v any) (any, error) { return v, nil }

func refuse(nl, en string) error {
	return &crm.Error{Code: crm.BadInput, Text: crm.Text{NL: nl, EN: en}}
}
