package page

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
)

// Reason tells what is wrong with a paging argument.
type Reason string

// The reasons.
const (
	FirstAndLast   Reason = "first and last exclude each other"
	SizeOutOfRange Reason = "the size of a page is 1 to 100"
	BadCursor      Reason = "this is not a cursor"
	CursorMismatch Reason = "the cursor belongs to another filter or order"
)

// Error says which paging argument is wrong, and why.
type Error struct {
	Field  string
	Reason Reason
}

func (e *Error) Error() string { return e.Field + ": " + string(e.Reason) }

// cursorVersion is the first byte of a cursor, so that its form can change later.
const cursorVersion = 1

// cursor is version, hash of the scope (4 bytes), order keys as JSON; in URL-safe base64.
func encode(scope string, keys []any) string {
	body, err := json.Marshal(keys)
	if err != nil {
		panic(fmt.Sprintf("order keys must marshal: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(append(append([]byte{cursorVersion}, hash(scope)...), body...))
}

func decode(field string, text *string, scope string, keys int) ([]any, error) {
	if text == nil {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*text)
	if err != nil || len(raw) < 5 || raw[0] != cursorVersion {
		return nil, &Error{Field: field, Reason: BadCursor}
	}
	if !bytes.Equal(raw[1:5], hash(scope)) {
		return nil, &Error{Field: field, Reason: CursorMismatch}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw[5:]))
	decoder.UseNumber()
	var values []any
	if err := decoder.Decode(&values); err != nil || len(values) != keys || decoder.More() {
		return nil, &Error{Field: field, Reason: BadCursor}
	}
	for i, value := range values {
		plain, err := plainKey(value)
		if err != nil {
			return nil, &Error{Field: field, Reason: BadCursor}
		}
		values[i] = plain
	}
	return values, nil
}

// plainKey lets through what an order key can be: a text without NUL, or a whole number.
func plainKey(value any) (any, error) {
	switch v := value.(type) {
	case string:
		if bytes.IndexByte([]byte(v), 0) >= 0 {
			return nil, fmt.Errorf("NUL in a key")
		}
		return v, nil
	case json.Number:
		return v.Int64()
	}
	return nil, fmt.Errorf("unexpected key %T", value)
}

func hash(scope string) []byte {
	h := fnv.New32a()
	h.Write([]byte(scope))
	return h.Sum(nil)
}
