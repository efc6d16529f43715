package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
)

// compared is how many answers of an operation are compared before it is measured.
const compared = 50

// compare asks both sides the same and refuses to go on when they do not answer the same.
func compare(ctx context.Context, o operation, requests []request, product, limit *side) error {
	for _, r := range requests[:min(compared, len(requests))] {
		ours, err := answerOf(ctx, product, r.product)
		if err != nil {
			return fmt.Errorf("%s of the server: %w", o.name, err)
		}
		theirs, err := answerOf(ctx, limit, r.limit)
		if err != nil {
			return fmt.Errorf("%s of the limit: %w", o.name, err)
		}
		if o.write {
			forget(ours)
			forget(theirs)
		}
		if at := difference("data", ours, theirs); at != "" {
			return fmt.Errorf("the %s differs for %v at %s", o.name, r.variables, at)
		}
	}
	return nil
}

// answerOf gives the data of an answer.
func answerOf(ctx context.Context, s *side, request []byte) (any, error) {
	body, err := s.ask(ctx, request)
	if err != nil {
		return nil, err
	}
	var answer struct{ Data any }
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("%w in %.300s", err, body)
	}
	return answer.Data, nil
}

// forget clears what differs between two writes of the same.
func forget(at any) {
	switch at := at.(type) {
	case map[string]any:
		for name, value := range at {
			if name == "at" || name == "position" || (name == "id" && at["subject"] != nil) {
				at[name] = fmt.Sprintf("%T", value)
				continue
			}
			forget(value)
		}
	case []any:
		for _, value := range at {
			forget(value)
		}
	}
}

// difference tells where two answers differ; nothing when they do not.
func difference(path string, ours, theirs any) string {
	switch a := ours.(type) {
	case map[string]any:
		b, _ := theirs.(map[string]any)
		if len(a) != len(b) {
			return fmt.Sprintf("%s: %v, the limit has %v", path, ours, theirs)
		}
		for name := range a {
			if at := difference(path+"."+name, known(name, a[name]), known(name, b[name])); at != "" {
				return at
			}
		}
		return ""
	case []any:
		b, _ := theirs.([]any)
		if len(a) != len(b) {
			return fmt.Sprintf("%s: %d rows, the limit has %d", path, len(a), len(b))
		}
		for i := range a {
			if at := difference(fmt.Sprintf("%s[%d]", path, i), a[i], b[i]); at != "" {
				return at
			}
		}
		return ""
	}
	if !reflect.DeepEqual(ours, theirs) {
		return fmt.Sprintf("%s: %v, the limit has %v", path, ours, theirs)
	}
	return ""
}

// known leaves the hash of filter and order out of a cursor: the limit has none.
func known(field string, value any) any {
	text, isText := value.(string)
	if field != "endCursor" || !isText {
		return value
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < len(cursorHead) {
		return value
	}
	return string(raw[len(cursorHead):])
}
