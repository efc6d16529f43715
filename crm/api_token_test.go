package crm_test

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// TestScopesOfKeys acts by keys that have a part of their owner's rights.
func TestScopesOfKeys(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		by := func(token string) context.Context {
			t.Helper()
			return crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), token))(t))
		}
		key := func(owner string, scope crm.APITokenScope, rights ...crm.Right) context.Context {
			t.Helper()
			made := must2(o.Sessions.CreateToken(o.As(owner), crm.CreateAPITokenInput{Name: "x", Scope: scope, Rights: rights}))(t)
			return by(*made.Secret)
		}
		groep := o.Customer(crmtest.Groep).ID
		contacts := func(ctx context.Context) int {
			t.Helper()
			return len(must2(o.Contacts.OfCustomers(ctx, []crm.ID{groep}, crm.ContactListArgs{}, page.Args{}))(t)[0].Nodes)
		}
		rename := func(ctx context.Context) error {
			_, err := o.Customers.Update(ctx, crm.UpdateCustomerInput{ID: groep, ExpectedVersion: new(o.Customer(crmtest.Groep).Version), Patch: crm.CustomerFields{Notes: crmtest.Text("x")}})
			return err
		}
		report := func(ctx context.Context) error {
			_, err := o.ReportRuns.Run(ctx, crm.RunReportInput{ReportID: o.Report("Klantenlijst").ID, Scope: crm.AllCards, Format: "CSV"})
			return err
		}
		t.Run("all that the owner may", func(t *testing.T) {
			if err := rename(key(crmtest.Sanne, crm.EverythingOfOwner)); err != nil {
				t.Error(err)
			}
		})
		t.Run("reading alone", func(t *testing.T) {
			ctx := key(crmtest.Peter, crm.ReadingOnly)
			equal(t, "contacts", contacts(ctx), 2)
			o.Signals()
			changesNothing(t, o, func() {
				refused(t, rename(ctx), crm.Forbidden)
				refused(t, report(ctx), crm.Forbidden)
			})
		})
		t.Run("reading, with reports", func(t *testing.T) {
			ctx := key(crmtest.Sanne, crm.ReadingForBI)
			if err := report(ctx); err != nil {
				t.Error(err)
			}
			refused(t, rename(ctx), crm.Forbidden)
		})
		t.Run("reports on the chosen parts alone", func(t *testing.T) {
			list := saved(t, o, simple(func(in *crm.SaveReportInput) { in.Name, in.Columns = "Drukte", []string{"runningProjects"} }))
			narrow, input := key(crmtest.Sanne, crm.ChosenRights, crm.RunReports), asked(list, on(o.Customer(crmtest.Installatie).ID))
			whole := made(t, o, must2(o.ReportRuns.Run(o.As(crmtest.Sanne), input))(t).Run)
			part := made(t, o, must2(o.ReportRuns.Run(narrow, input))(t).Run)
			rows := func(run *crm.ReportRun) string { return strings.Split(content(t, o, run), "\r\n")[1] }
			equal(t, "projects that the owner sees", rows(whole), "2")
			equal(t, "projects that the key sees", rows(part), "0")
			_, err := o.ReportRuns.Get(narrow, whole.ID)
			refused(t, err, crm.NotFound, "id")
			runs := must2(o.ReportRuns.List(narrow, page.Args{}))(t).Nodes
			sameList(t, "runs", nodeIDs(runs), []crm.ID{part.ID})
		})
		t.Run("chosen parts, of which the others are absent", func(t *testing.T) {
			ctx := key(crmtest.Sanne, crm.ChosenRights, crm.ViewEngagements, crm.EditCards)
			equal(t, "contacts", contacts(ctx), 0)
			if err := rename(ctx); err != nil {
				t.Error(err)
			}
		})
		t.Run("nothing that is the owner's own, so that no key makes a stronger one", func(t *testing.T) {
			ctx := key(crmtest.Sanne, crm.ChosenRights, crm.EditCards)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Sessions.CreateToken(ctx, crm.CreateAPITokenInput{Name: "Sterker"})
				refused(t, err, crm.Forbidden)
				_, err = o.Attentions.Acknowledge(ctx, crm.AcknowledgeAttentionInput{ID: o.Attention(crmtest.Installatie).ID})
				refused(t, err, crm.Forbidden)
			})
		})
		t.Run("no more than the owner has, whenever it is used", func(t *testing.T) {
			made := must2(o.Sessions.CreateToken(o.As(crmtest.Mila), crm.CreateAPITokenInput{Name: "x", Scope: crm.ChosenRights, Rights: []crm.Right{crm.EditCards}}))(t)
			if err := rename(by(*made.Secret)); err == nil {
				must2(o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: o.Actor(crmtest.Mila).UserID, Role: graphql.OmittableOf(new(crm.ReadOnly))}))(t)
			} else {
				t.Error(err)
			}
			refused(t, rename(by(*made.Secret)), crm.Forbidden)
		})
		t.Run("rights that are one's own, and of use", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				for _, one := range []struct {
					scope  crm.APITokenScope
					rights []crm.Right
					want   string
				}{
					{crm.ChosenRights, nil, "BAD_INPUT input.rights"},
					{crm.ReadingOnly, []crm.Right{crm.ViewContacts}, "BAD_INPUT input.rights"},
					{crm.ChosenRights, []crm.Right{crm.EditContacts}, "BAD_INPUT input.rights"},
					{crm.ChosenRights, []crm.Right{crm.Administer}, "FORBIDDEN input.rights"},
				} {
					_, err := o.Sessions.CreateToken(o.As(crmtest.Sanne), crm.CreateAPITokenInput{Name: "x", Scope: one.scope, Rights: one.rights})
					sameList(t, "faults", faultsOf(err), []string{one.want})
				}
			})
		})
	})
}
