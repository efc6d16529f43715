package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/graph"
)

const presenceStream = `subscription ($card: ID!) { cardPresence(card: $card) { ...all } }
fragment all on CardPresence { version known viewerCount viewers { user { name } mode field enteredAt typingAt takenOverBy { name } } }`

const announcement = `mutation ($card: ID!, $field: String, $typing: Boolean! = false, $takeOver: Boolean! = false) {
  announceEditing(input: {cardId: $card, field: $field, typing: $typing, takeOver: $takeOver}) { presence { ...all } userErrors { code } position } }
fragment all on CardPresence { version known viewerCount viewers { user { name } mode field enteredAt typingAt takenOverBy { name } } }`

// presence is a message of presenceStream.
type presence struct {
	Version, ViewerCount int
	Known                bool
	Viewers              []struct {
		User, TakenOverBy   *struct{ Name string }
		Mode, Field         string
		EnteredAt, TypingAt *time.Time
	}
}

// String tells a presence in short.
func (p presence) String() string {
	var viewers []string
	for _, v := range p.Viewers {
		text := v.User.Name + " " + v.Mode
		if v.Field != "" {
			text += " " + v.Field
		}
		if v.TypingAt != nil {
			text += " typing"
		}
		if v.TakenOverBy != nil {
			text += " taken over by " + v.TakenOverBy.Name
		}
		viewers = append(viewers, text)
	}
	return strings.Join(viewers, ", ")
}

// screen is one of a colleague's.
type screen struct {
	on   *node
	ctx  context.Context //nolint:containedctx // who sits before it
	card crm.ID
	last int
}

func screenOf(on *node, office *crmtest.Office, name, client string, card crm.ID) *screen {
	actor := office.Actor(name)
	actor.ClientID = client
	return &screen{on: on, ctx: crm.WithActor(context.Background(), actor), card: card}
}

// open follows the card; each call of next waits for the next message.
func (s *screen) open(t *testing.T) (next func() presence) {
	t.Helper()
	ctx, operation := prepared(s.ctx, t, s.on, presenceStream, map[string]any{"card": string(s.card)})
	wake := make(chan struct{}, 1)
	sub, refused := s.on.exec.Subscribe(ctx, operation, graph.SubscribeOptions{Wake: func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}})
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	t.Cleanup(sub.Close)
	return func() presence {
		t.Helper()
		for {
			got, err := sub.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if got == nil {
				<-wake
				continue
			}
			var read struct {
				Data struct{ CardPresence presence }
			}
			if err := json.Unmarshal(got.Payload, &read); err != nil {
				t.Fatal(err)
			}
			now := read.Data.CardPresence
			if now.Version <= s.last || !now.Known || now.ViewerCount != len(now.Viewers) || got.Position != "" {
				t.Errorf("message is %+v behind version %d", now, s.last)
			}
			s.last = now.Version
			return now
		}
	}
}

// until waits for a message; others may come before it, for only the newest state is told.
func until(t *testing.T, next func() presence, want string) {
	t.Helper()
	for now := next(); now.String() != want; {
		now = next()
	}
}

// say announces something, and gives the answer.
func (s *screen) say(t *testing.T, variables map[string]any) (now presence, codes []string) {
	t.Helper()
	variables["card"] = string(s.card)
	ctx, operation := prepared(s.ctx, t, s.on, announcement, variables)
	respond, ctx := s.on.exec.DispatchOperation(ctx, operation)
	response := respond(ctx)
	if len(response.Errors) > 0 {
		t.Fatal(response.Errors)
	}
	var read struct {
		AnnounceEditing struct {
			Presence   presence
			UserErrors []struct{ Code string }
			Position   string
		}
	}
	if err := json.Unmarshal(response.Data, &read); err != nil {
		t.Fatal(err)
	}
	for _, fault := range read.AnnounceEditing.UserErrors {
		codes = append(codes, fault.Code)
	}
	if now := read.AnnounceEditing; now.Presence.Version != 0 || (len(codes) == 0 && now.Position != crm.PositionAt(headOf(t, s)).String()) {
		t.Errorf("the answer is %+v", now)
	}
	return read.AnnounceEditing.Presence, codes
}

func headOf(t *testing.T, s *screen) (number int64, check uint32) {
	t.Helper()
	head, err := s.on.services.Events.Head(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	return head.Number, head.Check()
}

func (s *screen) expect(t *testing.T, variables map[string]any, want string) {
	t.Helper()
	if now, codes := s.say(t, variables); now.String() != want || len(codes) > 0 {
		t.Errorf("after %v: %s with %v, want %s", variables, now, codes, want)
	}
}

func TestPresenceOnACard(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, office *crmtest.Office) {
		on := newNode(t, office.DB)
		card, head := office.Customer(crmtest.Installatie).ID, office.Head()
		sanne, joris := screenOf(on, office, "Sanne Verhoef", "desk", card), screenOf(on, office, "Joris Kuipers", "", card)
		next := sanne.open(t)
		if now := next(); now.String() != "Sanne Verhoef VIEWING" || now.Viewers[0].EnteredAt == nil {
			t.Errorf("first message is %+v", now)
		}
		nextOfJoris := joris.open(t)
		until(t, nextOfJoris, "Sanne Verhoef VIEWING, Joris Kuipers VIEWING")
		until(t, next, "Sanne Verhoef VIEWING, Joris Kuipers VIEWING")
		joris.expect(t, map[string]any{"field": " phone ", "typing": true}, "Joris Kuipers EDITING phone typing, Sanne Verhoef VIEWING")
		until(t, next, "Joris Kuipers EDITING phone typing, Sanne Verhoef VIEWING")
		sanne.expect(t, map[string]any{"field": "phone", "takeOver": true}, "Sanne Verhoef EDITING phone, Joris Kuipers VIEWING taken over by Sanne Verhoef")
		until(t, nextOfJoris, "Sanne Verhoef EDITING phone, Joris Kuipers VIEWING taken over by Sanne Verhoef")
		sanne.expect(t, map[string]any{}, "Sanne Verhoef VIEWING, Joris Kuipers VIEWING taken over by Sanne Verhoef")
		joris.expect(t, map[string]any{}, "Sanne Verhoef VIEWING, Joris Kuipers VIEWING")
		elsewhere := screenOf(on, office, "Sanne Verhoef", "phone", card)
		if _, codes := elsewhere.say(t, map[string]any{"field": "phone"}); fmt.Sprint(codes) != "[NOT_VIEWING]" {
			t.Errorf("a screen without the card is told %v", codes)
		}
		if office.Head() != head {
			t.Error("presence was logged")
		}
	})
}

func TestPresenceIsOfThoseWhoMaySeeTheCard(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, office *crmtest.Office) {
		on := newNode(t, office.DB)
		neighbour := office.Neighbour()
		for _, card := range []crm.ID{neighbour.Customer, "cus_00000000000000000000000000", office.Actor("Sanne Verhoef").UserID} {
			ctx, operation := prepared(office.As("Sanne Verhoef"), t, on, presenceStream, map[string]any{"card": string(card)})
			if _, refused := on.exec.Subscribe(graphql.StartOperationTrace(ctx), operation, graph.SubscribeOptions{Wake: func() {}}); refused == nil ||
				refused.Errors[0].Extensions["code"] != "NOT_FOUND" {
				t.Errorf("%s: %+v", card, refused)
			}
		}
		own := office.Customer(crmtest.Installatie).ID
		stranger := &screen{on: on, ctx: crm.WithActor(context.Background(), neighbour.Actor), card: neighbour.Customer}
		stranger.open(t)()
		sanne := screenOf(on, office, "Sanne Verhoef", "desk", own)
		if now := sanne.open(t)(); now.String() != "Sanne Verhoef VIEWING" {
			t.Errorf("she sees %s", now)
		}
	})
}
