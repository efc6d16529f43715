package crm_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// buttonVerbs are the mutations behind the buttons of a card.
type buttonVerbs map[crm.ActionKey]func(ctx context.Context) error

func done[P any](_ P, err error) error { return err }

// verbsOfContact are those of a contact.
func verbsOfContact(o *crmtest.Office, c *crm.Contact, file crm.ID) buttonVerbs {
	return buttonVerbs{
		crm.SaveAction: func(ctx context.Context) error {
			return done(o.Contacts.Update(ctx, crm.UpdateContactInput{ID: c.ID, ExpectedVersion: &c.Version, Patch: crm.ContactFields{Notes: crmtest.Text("x")}}))
		},
		crm.UndoAction: func(ctx context.Context) error {
			return done(o.Revisions.UndoContact(ctx, crm.UndoContactChangesInput{ID: c.ID, ToVersion: c.Version, ExpectedVersion: c.Version}))
		},
		crm.ArchiveAction: func(ctx context.Context) error {
			return done(o.Contacts.Archive(ctx, crm.ArchiveContactInput{ID: c.ID}))
		},
		crm.RestoreAction: func(ctx context.Context) error {
			return done(o.Contacts.Restore(ctx, crm.RestoreContactInput{ID: c.ID}))
		},
		crm.NewMomentAction: func(ctx context.Context) error {
			return done(o.Communications.CreateContactMoment(ctx, crm.CreateContactMomentInput{CustomerID: c.CustomerID, Kind: crm.NoteMoment,
				Channel: "PHONE", Subject: new("x"), ContactIds: []crm.ID{c.ID}}))
		},
		crm.NewDocumentAction: func(ctx context.Context) error {
			return done(o.Documents.Create(ctx, crm.CreateDocumentInput{CustomerID: c.CustomerID, FileID: &file, Title: new("x"), ContactID: &c.ID}))
		},
		crm.AttentionAction: func(ctx context.Context) error {
			return done(o.Attentions.Add(ctx, crm.AddAttentionInput{CardID: c.ID, Text: "x", Level: "INFO"}))
		},
	}
}

// undoDossier takes a lead, a request or a project back to a version, as seen when it had another.
func undoDossier(ctx context.Context, o *crmtest.Office, d *crm.Dossier, to, from int) error {
	input := crm.UndoEngagementChangesInput{ID: d.ID, ToVersion: to, ExpectedVersion: from}
	switch d.Phase {
	case crm.LeadPhase:
		return done(o.Revisions.UndoLead(ctx, input))
	case crm.RequestPhase:
		return done(o.Revisions.UndoRequest(ctx, input))
	}
	return done(o.Revisions.UndoProject(ctx, input))
}

// verbsOfEngagement are those of a lead, a request or a project.
func verbsOfEngagement(o *crmtest.Office, d *crm.Dossier, file crm.ID) buttonVerbs {
	return buttonVerbs{
		crm.SaveAction: func(ctx context.Context) error {
			input := crm.UpdateEngagementInput{ID: d.ID, ExpectedVersion: &d.Version, Patch: crm.EngagementFields{Description: crmtest.Text("x")}}
			switch d.Phase {
			case crm.LeadPhase:
				return done(o.Engagements.UpdateLead(ctx, input))
			case crm.RequestPhase:
				return done(o.Engagements.UpdateRequest(ctx, input))
			}
			return done(o.Engagements.UpdateProject(ctx, input))
		},
		crm.UndoAction: func(ctx context.Context) error {
			return undoDossier(ctx, o, d, d.Version, d.Version)
		},
		crm.ArchiveAction: func(ctx context.Context) error {
			return done(o.Engagements.ArchiveEngagement(ctx, crm.ArchiveEngagementInput{ID: d.ID}))
		},
		crm.RestoreAction: func(ctx context.Context) error {
			return done(o.Engagements.RestoreEngagement(ctx, crm.EngagementStep{ID: d.ID}))
		},
		crm.NewMomentAction: func(ctx context.Context) error {
			return done(o.Communications.CreateContactMoment(ctx, crm.CreateContactMomentInput{CustomerID: d.CustomerID, Kind: crm.NoteMoment,
				Channel: "PHONE", Subject: new("x"), EngagementID: &d.ID}))
		},
		crm.NewDocumentAction: func(ctx context.Context) error {
			return done(o.Documents.Create(ctx, crm.CreateDocumentInput{CustomerID: d.CustomerID, FileID: &file, Title: new("x"), EngagementID: &d.ID}))
		},
		crm.AttentionAction: func(ctx context.Context) error {
			return done(o.Attentions.Add(ctx, crm.AddAttentionInput{CardID: d.ID, Text: "x", Level: "INFO"}))
		},
	}
}

// answered is what a button says, or what a verb answers: the code, the sentence and the cards in the way.
func answered(code crm.ErrorCode, message string, cards []crm.Card) string {
	ids := cardIDs(cards)
	slices.Sort(ids)
	return fmt.Sprint(code, " ", message, " ", ids)
}

// agree presses each button for trial, and compares what it said before with what the verb answers.
func agree(t *testing.T, o *crmtest.Office, who, what string, actions []*crm.CardAction, verbs buttonVerbs) {
	t.Helper()
	ctx := crm.WithManner(o.As(who), crm.Manner{Try: func([]*crm.Event) {}})
	for _, action := range actions {
		verb, changes := verbs[action.Key]
		if !changes {
			continue
		}
		said, got := "", ""
		if action.Reason != nil {
			said = answered(action.Reason.Code, action.Reason.Message, action.Reason.Cards)
		}
		if err := verb(ctx); err != nil {
			faults := crm.FaultsOf(err)
			if len(faults) == 0 {
				t.Fatalf("%s of %s by %s: %v", action.Key, what, who, err)
			}
			got = answered(faults[0].Code, faults[0].Text.In(crm.LanguageNL), faults[0].Cards)
		}
		if said != got {
			t.Errorf("%s of %s by %s: the button says %q, the verb %q", action.Key, what, who, said, got)
		}
	}
}

func TestActionsOfOtherCards(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		file := upload(t, o, crmtest.Joris, "bijlage.pdf", aPDF).ID
		contacts := []string{"Naima Bouzid", "Erik Jansen", "Klaas Brouwer", "Anja Brouwer-Ter Haar", "Piet Nijhuis", "Gerard Lammers", "Jolanda Kamphuis"}
		engagements := []string{"L-2026-0101", "L-2026-0088", "L-2026-0090", "A-2026-0040", "A-2026-0022", "P-2026-0012", "P-2024-0007", "P-2025-0019", "P-2022-0005"}
		anonymized := must2(o.Contacts.Anonymize(o.As(crmtest.Peter), crm.AnonymizeContactInput{ID: o.Contact("Rik Scholten").ID, Reason: "AVG"}))(t).Contact
		engagementActions := func(ctx context.Context, numbers ...string) [][]*crm.CardAction {
			return must2(o.CardActions.OfEngagements(ctx, each(numbers, o.Engagement)))(t)
		}
		for _, who := range []string{crmtest.Ruben, crmtest.Joris} {
			t.Run("say to "+who+" what the verbs answer", func(t *testing.T) {
				all := append(each(contacts, o.Contact), anonymized)
				for i, actions := range must2(o.CardActions.OfContacts(o.As(who), all))(t) {
					agree(t, o, who, all[i].Name, actions, verbsOfContact(o, all[i], file))
				}
				for i, actions := range engagementActions(o.As(who), engagements...) {
					agree(t, o, who, engagements[i], actions, verbsOfEngagement(o, o.Engagement(engagements[i]), file))
				}
			})
		}
		t.Run("are the frame that all cards share", func(t *testing.T) {
			frame := []crm.ActionKey{crm.SaveAction, crm.UndoAction, crm.RefreshAction, crm.ArchiveAction, crm.SelectionAction, crm.NavigateAction,
				crm.NewMomentAction, crm.NewDocumentAction, crm.ReportsAction, crm.AttentionAction, crm.DetailTabsAction, crm.HelpAction, crm.ButtonBarAction}
			keys := func(actions []*crm.CardAction) []crm.ActionKey {
				return each(actions, func(a *crm.CardAction) crm.ActionKey { return a.Key })
			}
			sanne := o.As(crmtest.Sanne)
			sameList(t, "contact", keys(must2(o.CardActions.OfContacts(sanne, []*crm.Contact{o.Contact("Naima Bouzid")}))(t)[0]), frame)
			for _, actions := range engagementActions(sanne, "L-2026-0101", "A-2026-0040", "P-2026-0012") {
				sameList(t, "engagement", keys(actions), frame)
			}
			frame[3] = crm.RestoreAction
			sameList(t, "archived", keys(engagementActions(sanne, "P-2024-0007")[0]), frame)
		})
		t.Run("name what keeps a contact", func(t *testing.T) {
			reason := must2(o.CardActions.OfContacts(o.As(crmtest.Sanne), []*crm.Contact{o.Contact("Erik Jansen")}))(t)[0][3].Reason
			equal(t, "code", reason.Code, crm.ContactInUse)
			equal(t, "cards", len(reason.Cards) >= 3, true)
		})
		t.Run("follow the parts that the office uses", func(t *testing.T) {
			without(t, o, crm.ContactsFeature, crm.EngagementsFeature)
			saves := append(must2(o.CardActions.OfContacts(o.As(crmtest.Sanne), []*crm.Contact{o.Contact("Naima Bouzid")}))(t), engagementActions(o.As(crmtest.Sanne), "L-2026-0101")...)
			for _, actions := range saves {
				equal(t, "reason", actions[0].Reason.Code, crm.FeatureDisabled)
				equal(t, "visible", actions[0].IsVisible, false)
			}
		})
		t.Run("cost the same for one and for all", func(t *testing.T) {
			var ofContacts, ofEngagements []int64
			for _, n := range []int{1, len(contacts)} {
				some, others := each(contacts[:n], o.Contact), each(engagements[:n], o.Engagement)
				counted, count := dbCount(o.As(crmtest.Sanne))
				must2(o.CardActions.OfContacts(counted, some))(t)
				ofContacts = append(ofContacts, count.N())
				must2(o.CardActions.OfEngagements(counted, others))(t)
				ofEngagements = append(ofEngagements, count.N())
			}
			equal(t, "statements for contacts", ofContacts[1], ofContacts[0])
			equal(t, "statements for leads, requests and projects", ofEngagements[1], ofEngagements[0])
		})
	})
}
