package crm_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// officeWide are the verbs and readings of what belongs to no card, which rights alone keep from anybody.
func officeWide() []string {
	return []string{
		// verbs
		"update identity provider", "unlink identity", "sign out colleague", "remove second factor", "reinvite colleague", "cancel invitation",
		"update colleague", "save process template", "block process template", "unblock process template", "delete process template",
		"save document template", "create document of a template", "update campaign", "end campaign", "update checklist item",
		"deactivate checklist item", "reactivate checklist item", "delete checklist item", "update lookup value", "reorder lookup value",
		"deactivate lookup value", "reactivate lookup value", "delete lookup value", "state preferences of the office", "mark invoiced",
		"run report", "cancel report run", "revoke API token", "update role", "delete role",
		"create team", "update team", "delete team",
		// readings
		"identity providers by id", "identity providers", "document templates by id", "versions of document templates", "reports by id",
		"process templates by id", "lookup values by id", "campaigns by id", "campaigns by name", "checklist items by id",
		"settings of checklist items", "colleagues by id", "nodes", "exports", "roles by id", "teams by id", "members of teams",
		"teams of colleagues",
		"data quality", // of a relation that one has at hand
	}
}

// TestCardsOfOthersAreAbsent tries everything on a relation of the same office that the colleague does not see.
func TestCardsOfOthersAreAbsent(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		n := o.Side()
		whole := crm.WithActor(t.Context(), n.Actor)
		actor := o.Actor(crmtest.Joris)
		actor.Rights, actor.Scope = crm.AllRights(), crm.OwnRelations
		own := crm.WithActor(t.Context(), actor)
		write(t, o, "UPDATE customers SET account_manager_id = '"+string(actor.UserID)+"' WHERE number = '"+crmtest.Groep+"'")
		hidden := idsOf(n)
		hidden.lookup = o.Lookup(crm.LostReasonList, "Tarief te hoog").ID
		hidden.mute = o.Contact("Heimelijk").ID // who has no address
		o.Signals()
		for _, reading := range readings() {
			if slices.Contains(officeWide(), reading.name) {
				continue
			}
			t.Run("from "+reading.name, func(t *testing.T) {
				found, err := reading.find(own, o, hidden)
				if err != nil || !nothing(reflect.ValueOf(found)) {
					t.Errorf("found %+v, %v", found, err)
				}
			})
		}
		for _, verb := range append(verbs(), ownVerbs()...) {
			if slices.Contains(officeWide(), verb.name) {
				continue
			}
			t.Run("for "+verb.name, func(t *testing.T) {
				changesNothing(t, o, func() { refused(t, verb.do(own, o, hidden), crm.NotFound) })
			})
		}
		t.Run("from cards of one's own", func(t *testing.T) {
			changesNothing(t, o, func() { namesNothing(own, t, o, hidden) })
		})
		t.Run("by an e-mail, which is filed like one that is nowhere", func(t *testing.T) {
			card := o.Customer(crmtest.Brouwer).ID
			for _, identity := range []string{"geheim@naburig.example", "nergens@naburig.example"} {
				again := crm.FileEmailInput{CustomerID: &card, Content: new("From: geheim@naburig.example\r\nSubject: Geheim\r\nMessage-ID: <" + identity + ">\r\n\r\nGeheim")}
				filed := must2(o.Emails.File(own, again))(t).Email
				equal(t, "card", filed.CustomerID, card)
				for _, who := range []context.Context{own, whole} { // the one who sees both is shown the first
					_, err := o.Emails.File(who, again)
					fault := refusal(t, err, crm.EmailAlreadyFiled)
					equal(t, "shown is "+identity, *fault.SubjectID == filed.ID, who == own || identity != "geheim@naburig.example")
				}
			}
		})
		t.Run("and an answer to it joins the copy on its card", func(t *testing.T) {
			card := o.Customer(crmtest.Brouwer).ID
			answer := "From: x@naburig.example\r\nSubject: x\r\nIn-Reply-To: <geheim@naburig.example>\r\nMessage-ID: <antwoord@naburig.example>\r\n\r\nx"
			filed := must2(o.Emails.File(whole, crm.FileEmailInput{CustomerID: &card, Content: &answer}))(t)
			equal(t, "is in a thread", *filed.Email.ThreadID != string(filed.Email.ID), true)
			equal(t, "warns", slices.ContainsFunc(filed.Warnings, func(w *crm.Warning) bool { return w.Code == crm.ReplyToOtherCard }), false)
		})
		t.Run("and there for who sees all", func(t *testing.T) {
			try := crm.WithManner(whole, crm.Manner{Try: func([]*crm.Event) {}})
			for _, verb := range verbs() {
				for _, fault := range crm.FaultsOf(verb.do(try, o, hidden)) {
					if fault.Code == crm.NotFound && fault.Path[len(fault.Path)-1] == "id" && !slices.Contains(officeWide(), verb.name) {
						t.Errorf("%s: %v", verb.name, fault)
					}
				}
			}
		})
	})
}

// namesNothing names what is hidden in changes of a card that is seen.
func namesNothing(own context.Context, t *testing.T, o *crmtest.Office, hidden ids) {
	t.Helper()
	card := o.Customer(crmtest.Brouwer)
	_, err := o.Engagements.CreateLead(own, crm.CreateLeadInput{CustomerID: card.ID, Title: "x", ContactID: &hidden.contact})
	refused(t, err, crm.NotFound, "input", "contactId")
	_, err = o.Communications.CreateContactMoment(own, crm.CreateContactMomentInput{CustomerID: card.ID, Kind: crm.NoteMoment, Channel: "PHONE", Subject: new("x"),
		ContactIds: []crm.ID{hidden.contact}, EngagementID: &hidden.project})
	sameList(t, "faults", faultsOf(err), []string{"NOT_FOUND input.contactIds", "NOT_FOUND input.engagementId"})
	_, err = o.Preferences.Update(own, crm.UpdateInvoicingPreferencesInput{OwnerID: card.ID, ExpectedVersion: new(1), Patch: crm.InvoicingFields{
		Delivery: crmtest.Given(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Given(hidden.contact)})}})
	refused(t, err, crm.NotFound, "input", "patch", "delivery", "attentionContactId")
	_, err = o.Preferences.Preview(own, crm.PreviewInvoicingChangeInput{OwnerID: hidden.project})
	refused(t, err, crm.NotFound)
	for _, some := range []crm.RunReportInput{
		{Scope: crm.SelectedCards, CardIds: []crm.ID{card.ID, hidden.customer}}, {Scope: crm.CurrentCard, CardID: &hidden.customer},
		{Scope: crm.SelectedCards, SelectionID: &hidden.selection},
	} {
		some.ReportID, some.Format = o.Report("Klantenlijst").ID, "CSV"
		_, err = o.ReportRuns.Run(own, some)
		refused(t, err, crm.NotFound)
	}
	_, err = o.Relations.Add(own, crm.AddCardRelationInput{FromID: card.ID, ToID: hidden.customer, Kind: crm.Sister})
	refused(t, err, crm.NotFound, "input", "toId")
	_, err = o.Relations.Add(own, crm.AddCardRelationInput{FromID: hidden.customer, ToID: card.ID, Kind: crm.Sister})
	refused(t, err, crm.NotFound, "input", "fromId")
	_, err = o.Documents.File(own, crm.FileDocumentInput{CustomerID: card.ID, FileID: hidden.file, Direction: crm.Incoming, ContactID: &hidden.contact, EngagementID: &hidden.project})
	sameList(t, "faults", faultsOf(err), []string{"NOT_FOUND input.contactId", "NOT_FOUND input.engagementId", "NOT_FOUND input.fileId"})
	_, err = o.Contacts.Move(own, crm.MoveContactInput{ID: o.Contact("Hans Oudekerk").ID, ToCustomerID: hidden.customer})
	refused(t, err, crm.NotFound, "input", "toCustomerId")
	mail := "From: x@naburig.example\r\nTo: geheim@naburig.example\r\nSubject: x\r\nIn-Reply-To: <geheim@naburig.example>\r\nMessage-ID: <vraag@naburig.example>\r\n\r\nx"
	_, err = o.Emails.File(own, crm.FileEmailInput{Content: &mail})
	refused(t, err, crm.BadInput, "input", "customerId") // no relation that is seen knows the address, nor is what it answers
	_, err = o.Campaigns.AddMember(own, crm.AddToCampaignInput{CampaignID: hidden.campaign, CustomerID: hidden.customer})
	refused(t, err, crm.NotFound, "input", "customerId")
	_, err = o.Emails.Create(own, crm.CreateEmailInput{CustomerID: card.ID, Fields: crm.EmailFields{To: crmtest.List(&crm.EmailRecipientInput{ContactID: &hidden.contact})}})
	refused(t, err, crm.NotFound)
	_, err = o.Emails.Create(own, crm.CreateEmailInput{CustomerID: card.ID, Fields: crm.EmailFields{Bcc: crmtest.List(&crm.EmailRecipientInput{ContactID: &hidden.mute})}})
	refused(t, err, crm.NotFound, "input", "fields", "to") // and not that it has no address, by its name
	_, err = o.Processes.Cancel(own, crm.CancelProcessInput{ID: hidden.process, Reason: "x"})
	refused(t, err, crm.NotFound, "input", "id")
	_, err = o.Documents.Create(own, crm.CreateDocumentInput{CustomerID: card.ID, TemplateID: &hidden.paper, ContactID: &hidden.contact})
	refused(t, err, crm.NotFound, "input", "contactId")
	_, err = o.Documents.CreateLetter(own, crm.CreateLetterInput{CustomerID: card.ID, Subject: new("x"), Body: new("x"), ContactID: &hidden.contact})
	refused(t, err, crm.NotFound, "input", "contactId")
}
