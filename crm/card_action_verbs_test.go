package crm_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
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
		crm.ReportsAction: reportAbout(o, "Klantenlijst", c.ID),
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

// reportAbout runs a report, made for everyone, about a card.
func reportAbout(o *crmtest.Office, report string, card crm.ID) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		return done(o.ReportRuns.Run(ctx, crm.RunReportInput{ReportID: o.Report(report).ID, Scope: crm.CurrentCard, CardID: &card, Format: "CSV"}))
	}
}

// stepVerbs are the steps of a lead, a request or a project, each told what it has to be told.
func stepVerbs(o *crmtest.Office, d *crm.Dossier) buttonVerbs {
	reason := o.Lookup(crm.LostReasonList, "Tarief te hoog").ID
	step, closing := crm.EngagementStep{ID: d.ID}, crm.CloseEngagementInput{ID: d.ID, ReasonID: reason}
	late := crm.Date("2027-06-30")
	return map[crm.EngagementPhase]buttonVerbs{
		crm.LeadPhase: {
			crm.ConvertLeadAction: func(ctx context.Context) error {
				return done(o.Engagements.ConvertLead(ctx, crm.ConvertLeadInput{ID: d.ID, ContactID: d.ContactID}))
			},
			crm.LoseLeadAction:   func(ctx context.Context) error { return done(o.Engagements.LoseLead(ctx, closing)) },
			crm.ReopenLeadAction: func(ctx context.Context) error { return done(o.Engagements.ReopenLead(ctx, step)) },
		},
		crm.RequestPhase: {
			crm.HonourRequestAction: func(ctx context.Context) error {
				return done(o.Engagements.HonourRequest(ctx, crm.HonourRequestInput{ID: d.ID, StartOn: "2027-01-11"}))
			},
			crm.RejectRequestAction:   func(ctx context.Context) error { return done(o.Engagements.RejectRequest(ctx, closing)) },
			crm.WithdrawRequestAction: func(ctx context.Context) error { return done(o.Engagements.WithdrawRequest(ctx, closing)) },
			crm.ReopenRequestAction: func(ctx context.Context) error {
				return done(o.Engagements.ReopenRequest(ctx, crm.ReopenRequestInput{ID: d.ID}))
			},
		},
		crm.ProjectPhase: {
			crm.StartProjectAction:  func(ctx context.Context) error { return done(o.Engagements.StartProject(ctx, step)) },
			crm.HoldProjectAction:   func(ctx context.Context) error { return done(o.Engagements.HoldProject(ctx, step)) },
			crm.ResumeProjectAction: func(ctx context.Context) error { return done(o.Engagements.ResumeProject(ctx, step)) },
			crm.EndProjectAction: func(ctx context.Context) error {
				return done(o.Engagements.EndProject(ctx, crm.EndProjectInput{ID: d.ID, EndOn: late}))
			},
			crm.CancelProjectAction: func(ctx context.Context) error { return done(o.Engagements.CancelProject(ctx, closing)) },
			crm.ReopenProjectAction: func(ctx context.Context) error {
				return done(o.Engagements.ReopenProject(ctx, crm.ReopenProjectInput{ID: d.ID, EndOn: &late, ContactID: stayed(o, d)}))
			},
		},
	}[d.Phase]
}

// verbsOfEngagement are those of a lead, a request or a project.
func verbsOfEngagement(o *crmtest.Office, d *crm.Dossier, file crm.ID) buttonVerbs {
	verbs := buttonVerbs{
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
	if report := map[crm.EngagementPhase]string{crm.LeadPhase: "Klantenlijst", crm.RequestPhase: "Open aanvragen"}[d.Phase]; report != "" {
		verbs[crm.ReportsAction] = reportAbout(o, report, d.ID)
	}
	maps.Copy(verbs, stepVerbs(o, d))
	return verbs
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
			if action.Number == nil {
				t.Errorf("%s of %s: no verb is compared with it", action.Key, what)
			}
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
		engagements := []string{"L-2026-0101", "L-2026-0088", "L-2026-0090", "A-2026-0040", "A-2026-0022", "P-2026-0012", "P-2024-0007", "P-2025-0019", "P-2022-0005", "P-2026-0031", "P-2026-0018"}
		inStates(t, o)
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
			for i, actions := range engagementActions(sanne, "L-2026-0101", "A-2026-0040", "P-2026-0012") {
				sameList(t, "engagement", keys(actions)[:len(frame)], frame)
				equal(t, "steps", len(actions)-len(frame), []int{3, 4, 6}[i])
			}
			frame[3] = crm.RestoreAction
			sameList(t, "archived", keys(engagementActions(sanne, "P-2024-0007")[0])[:len(frame)], frame)
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

// stayed is a contact of the project who is still there, where its own was erased.
func stayed(o *crmtest.Office, d *crm.Dossier) *crm.ID {
	if d.Number == "P-2025-0019" {
		return &o.Contact("Klaas Brouwer").ID
	}
	return d.ContactID
}

// inStates brings projects into the states that the demo office has none in: on hold, planned, and with a settled end.
func inStates(t *testing.T, o *crmtest.Office) {
	t.Helper()
	sanne := o.As(crmtest.Sanne)
	must2(o.Engagements.HoldProject(sanne, crm.EngagementStep{ID: o.Engagement("P-2026-0031").ID}))(t)
	must2(o.Engagements.EndProject(sanne, crm.EndProjectInput{ID: o.Engagement("P-2026-0018").ID, EndOn: "2026-12-18"}))(t)
}

// TestEveryStepIsAnAction finds a verb that brings a lead, a request or a project on and that no button tells of.
func TestEveryStepIsAnAction(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		told := make(map[string]bool)
		for _, number := range []string{"L-2026-0101", "A-2026-0040", "P-2026-0012"} {
			for key := range stepVerbs(o, o.Engagement(number)) {
				told[string(key)] = true
			}
		}
		verbs := reflect.TypeOf(o.Engagements)
		words := regexp.MustCompile("^(.+)(Lead|Request|Project)$")
		for i := range verbs.NumMethod() {
			name := words.FindStringSubmatch(verbs.Method(i).Name)
			if len(name) == 0 || name[1] == "Create" || name[1] == "Update" {
				continue
			}
			key := strings.ToUpper(name[1] + "_" + name[2])
			equal(t, key, told[key], true)
			delete(told, key)
		}
		equal(t, "steps without a verb", len(told), 0)
	})
}
