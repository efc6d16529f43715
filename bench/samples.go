package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"klantkaart/crm"
)

// cursorCount is how many places in lists are drawn.
const cursorCount = 1000

// draw finds what requests are drawn from. Cursors are made as the product makes them; how they begin is
// learned from its answers.
func draw(ctx context.Context, o *office, product *side) (*samples, error) {
	s := &samples{office: o}
	for i := range o.scale.customers {
		if !o.customer(i).archived {
			s.customersInUse = append(s.customersInUse, i)
		}
	}
	d := roll(o.seed, aRequest, -1)
	listHead, err := cursorHeadOf(ctx, o, product, listDocument, nil, "customers")
	if err != nil {
		return nil, err
	}
	for len(s.listCursors) < cursorCount {
		if c := o.customer(pick(&d, s.customersInUse)); !c.prospect {
			s.listCursors = append(s.listCursors, cursor(listHead, crm.Fold(c.name), c.id))
		}
	}
	first := o.communication(0)
	timelineHead, err := cursorHeadOf(ctx, o, product, timelineDocument, map[string]any{"id": o.customers[first.owner]}, "customer", "communications")
	if err != nil {
		return nil, err
	}
	long := longTimelines(o)
	for len(s.timelines) < cursorCount {
		c := o.communication(d.below(o.scale.communications))
		if long[c.owner] {
			s.timelines = append(s.timelines, timelineStart{customer: o.customers[c.owner], cursor: cursor(timelineHead, c.at.UnixMicro(), c.id)})
		}
	}
	return s, nil
}

// longTimelines are the customers whose timeline is long enough to be walked: longer than one page, in an
// office of some size.
func longTimelines(o *office) map[int32]bool {
	talk, most := make(map[int32]int), 0
	for _, owner := range o.communicationOwner {
		talk[owner]++
		most = max(most, talk[owner])
	}
	long := make(map[int32]bool)
	for owner, n := range talk {
		long[owner] = n >= min(most, 60)
	}
	return long
}

func cursor(head []byte, keys ...any) string {
	encoded, err := json.Marshal(keys)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return base64.RawURLEncoding.EncodeToString(append(head[:len(head):len(head)], encoded...))
}

// cursorHeadOf gives how the cursors of a list begin: version, and hash of filter and order.
func cursorHeadOf(ctx context.Context, o *office, product *side, document string, variables map[string]any, path ...string) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	answer, err := product.ask(ctx, post(graphPath, o.token(), body))
	if err != nil {
		return nil, err
	}
	var at any
	if err := json.Unmarshal(answer, &at); err != nil {
		return nil, err
	}
	for _, field := range append(append([]string{"data"}, path...), "pageInfo", "endCursor") {
		object, _ := at.(map[string]any)
		at = object[field]
	}
	text, _ := at.(string)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < len(cursorHead) {
		return nil, errors.Join(fmt.Errorf("no cursor in %.300s", answer), err)
	}
	return raw[:len(cursorHead)], nil
}
