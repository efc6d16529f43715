package crm_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		under := func(who, key, request string) context.Context {
			return crm.WithManner(o.As(who), crm.Manner{Key: key, Request: request})
		}
		lead := func(ctx context.Context) (*crm.CreateLeadPayload, error) {
			return o.Engagements.CreateLead(ctx, crm.CreateLeadInput{CustomerID: o.Customer(crmtest.DeLinde).ID, Title: "Eenmalig"})
		}
		first := must2(lead(under(crmtest.Sanne, "k1", "a")))(t)
		o.Signals()
		t.Run("gives the answer of what was done again", func(t *testing.T) {
			changesNothing(t, o, func() {
				second := must2(lead(under(crmtest.Sanne, "k1", "a")))(t)
				equal(t, "lead", second.Lead.ID, first.Lead.ID)
				equal(t, "position", second.Position, first.Position)
			})
		})
		t.Run("refuses something else under the same key", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := lead(under(crmtest.Sanne, "k1", "b"))
				refused(t, err, crm.IdempotencyKeyReused)
			})
		})
		t.Run("tells the keys of colleagues apart", func(t *testing.T) {
			if again := must2(lead(under(crmtest.Joris, "k1", "a")))(t); again.Lead.ID == first.Lead.ID {
				t.Error("the key of a colleague was taken for one's own")
			}
		})
		t.Run("keeps warnings and plain values", func(t *testing.T) {
			honour := func() *crm.HonourRequestPayload {
				return must2(o.Engagements.HonourRequest(under(crmtest.Joris, "k2", "c"), crm.HonourRequestInput{
					ID: o.Engagement("A-2026-0041").ID, StartOn: "2027-01-04"}))(t)
			}
			once, twice := honour(), honour()
			equal(t, "promoted", twice.Promoted, true)
			equal(t, "project", twice.Project.ID, once.Project.ID)
			archive := func() *crm.ArchiveCustomerPayload {
				return must2(o.Customers.Archive(under(crmtest.Sanne, "k3", "d"), crm.ArchiveCustomerInput{ID: o.Customer(crmtest.DeLinde).ID}))(t)
			}
			told, again := archive(), archive()
			equal(t, "warnings", len(again.Warnings), len(told.Warnings))
			equal(t, "card of the warning", again.Warnings[0].Cards[0].NodeID(), told.Warnings[0].Cards[0].NodeID())
		})
		t.Run("does not remember what was refused", func(t *testing.T) {
			_, err := lead(under(crmtest.Sanne, "k4", "a"))
			refused(t, err, crm.CardArchived)
			must2(o.Customers.Restore(o.As(crmtest.Sanne), crm.RestoreCustomerInput{ID: o.Customer(crmtest.DeLinde).ID}))(t)
			must2(lead(under(crmtest.Sanne, "k4", "a")))(t)
		})
		t.Run("never keeps a secret", func(t *testing.T) {
			token := func() *crm.CreateAPITokenPayload {
				return must2(o.Sessions.CreateToken(under(crmtest.Sanne, "k5", "e"), crm.CreateAPITokenInput{Name: "Power BI"}))(t)
			}
			secret := *token().Secret
			again := token()
			if again.Secret != nil || again.APIToken == nil {
				t.Errorf("the second answer is %+v", again)
			}
			if strings.Contains(dump(t, o), secret) {
				t.Error("the store holds the secret")
			}
		})
		t.Run("refuses keys that are none", func(t *testing.T) {
			for _, key := range []string{"met spatie", "é", strings.Repeat("x", 256)} {
				_, err := lead(under(crmtest.Sanne, key, "a"))
				refused(t, err, crm.BadInput)
			}
		})
		t.Run("forgets after a day", func(t *testing.T) {
			o.Clock.Advance(24*time.Hour + time.Minute)
			if again := must2(lead(under(crmtest.Sanne, "k1", "a")))(t); again.Lead.ID == first.Lead.ID {
				t.Error("the answer is older than a day")
			}
			if forgotten := must2(o.Events.ForgetAnswers(t.Context()))(t); forgotten == 0 {
				t.Error("nothing was forgotten")
			}
		})
	})
}

func TestTheSameKeyAtOnce(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		ctx := crm.WithManner(o.As(crmtest.Sanne), crm.Manner{Key: "k", Request: "a"})
		customer := o.Customer(crmtest.DeLinde).ID
		made := make([]crm.ID, 8)
		var all sync.WaitGroup
		for i := range made {
			all.Go(func() {
				answer, err := o.Engagements.CreateLead(ctx, crm.CreateLeadInput{CustomerID: customer, Title: "Eenmalig"})
				if err != nil {
					t.Error(err)
					return
				}
				made[i] = answer.Lead.ID
			})
		}
		all.Wait()
		for _, id := range made {
			equal(t, "lead", id, made[0])
		}
	})
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		var told []crm.EventKind
		ctx := crm.WithManner(o.As(crmtest.Joris), crm.Manner{Key: "k", Try: func(events []*crm.Event) { told = kinds(events) }})
		input := crm.HonourRequestInput{ID: o.Engagement("A-2026-0041").ID, StartOn: "2027-01-04"}
		t.Run("answers and tells, and changes nothing", func(t *testing.T) {
			changesNothing(t, o, func() {
				answer := must2(o.Engagements.HonourRequest(ctx, input))(t)
				equal(t, "promoted", answer.Promoted, true)
				equal(t, "position", answer.Position.Number, o.Head())
				sameList(t, "events", told, []crm.EventKind{crm.ProjectCreatedEvent, crm.RequestHonouredEvent, crm.CustomerPromotedEvent})
			})
		})
		t.Run("refuses as the change would", func(t *testing.T) {
			must2(o.Engagements.HonourRequest(o.As(crmtest.Joris), input))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Engagements.HonourRequest(ctx, input)
				refused(t, err, crm.RequestNotOpen)
			})
		})
		t.Run("needs a person", func(t *testing.T) {
			if _, err := o.Engagements.HonourRequest(crm.WithManner(t.Context(), crm.Manner{Try: func([]*crm.Event) {}}), input); !errors.Is(err, crm.ErrUnauthenticated) {
				t.Errorf("got %v", err)
			}
		})
	})
}
