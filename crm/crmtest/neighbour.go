package crmtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
)

// Neighbour is another office on the same store, with one thing of each kind. What it has must look
// absent to everyone else.
type Neighbour struct {
	// Actor is its only colleague, an administrator.
	Actor crm.Actor

	Office, User, Token                         crm.ID
	Customer, Sister, Contact                   crm.ID
	Lead, Request, Project, Nomination          crm.ID
	Communication, Appointment, Email           crm.ID
	Document, SentDocument                      crm.ID // a draft, and one that was handed over with a File
	DocumentTemplate, File                      crm.ID
	Relation, Attention, Event                  crm.ID
	Report, Run, Lookup, Tag                    crm.ID
	Function                                    crm.ID
	Item                                        crm.ID // of a checklist, ticked on the customer
	Campaign, Membership, Goal                  crm.ID
	Selection                                   crm.ID
	Line, Invoice                               crm.ID
	Template, Process, Step                     crm.ID
	Provider, Role, Team                        crm.ID
	Secret, UserEmail, CustomerNumber, CardName string

	t testing.TB
}

// Context gives a context in which its colleague acts.
func (n *Neighbour) Context() context.Context { return crm.WithActor(n.t.Context(), n.Actor) }

// Neighbour founds another office.
func (o *Office) Neighbour() *Neighbour {
	o.t.Helper()
	n := &Neighbour{
		t:      o.t,
		Office: "org_0000000000000000000000000c", User: "usr_0000000000000000000000000c",
		Nomination: "nom_0000000000000000000000000c", Lookup: "lok_0000000000000000000000000c", Relation: "rel_0000000000000000000000000c",
		UserEmail: "nico@naburig.example", CardName: "Geheime Zaken B.V.",
	}
	o.insert("organizations", map[string]any{"id": n.Office, "name": "Naburige Detachering B.V.", "created_at": o.Clock.Now()})
	o.insert("users", map[string]any{"organization_id": n.Office, "id": n.User, "name": "Nico Buur", "sort_key": "buur nico",
		"email": n.UserEmail, "role": crm.Admin, "finance": true, "active": true, "created_at": o.Clock.Now()})
	n.Actor = crm.Actor{OrganizationID: n.Office, UserID: n.User, Role: crm.Admin, Rights: crm.AllRights(), Language: crm.LanguageNL}
	o.furnish(n)
	return n
}

// Side gives the office itself what a neighbour has: one thing of each kind, on a relation of an administrator's own.
func (o *Office) Side() *Neighbour {
	o.t.Helper()
	actor := o.Actor(Peter)
	n := &Neighbour{
		t:      o.t,
		Office: o.ID, User: actor.UserID, Actor: actor,
		Nomination: "nom_0000000000000000000000000c", Lookup: "lok_0000000000000000000000000c", Relation: "rel_0000000000000000000000000c",
		CardName: "Geheime Zaken B.V.",
	}
	n.Actor.Rights = crm.AllRights()
	o.furnish(n)
	return n
}

// furnish gives the neighbour one thing of each kind.
func (o *Office) furnish(n *Neighbour) {
	o.t.Helper()
	n.Tag = "lok_0000000000000000000000000g"
	for list, id := range map[crm.LookupListKey]crm.ID{crm.TagList: n.Tag, crm.ClassificationList: "lok_0000000000000000000000000m",
		crm.RelationSourceList: "lok_0000000000000000000000000r"} {
		o.insert("lookup_values", map[string]any{"organization_id": n.Office, "id": id, "list": list, "text": "Geheim",
			"text_key": "geheim", "sort_order": 100, "active": true, "is_default": false})
	}
	o.sell(n)
	o.insert("nominations", map[string]any{"organization_id": n.Office, "id": n.Nomination, "engagement_id": n.Request,
		"kind": "PERSON", "name": "Geheim", "status": "PROPOSED"})
	o.insert("lookup_values", map[string]any{"organization_id": n.Office, "id": n.Lookup, "list": crm.SectorList, "text": "Geheim",
		"text_key": "geheim", "sort_order": 1, "active": true, "is_default": false})
	o.insert("card_relations", map[string]any{"organization_id": n.Office, "id": n.Relation, "from_id": n.Customer, "to_id": n.Sister, "kind": "SISTER_OF"})
	n.Provider = Must(o.Identities.CreateProvider(n.Context(), crm.CreateIdentityProviderInput{Issuer: "https://login.naburig.example", ClientID: "geheim",
		Fields: crm.IdentityProviderFields{Name: Text("Geheim")}}))(o.t).Provider.ID
	n.Role = Must(o.Roles.Create(n.Context(), crm.CreateRoleInput{Name: "Geheime rol", Kind: crm.Colleague, Scope: crm.TeamRelations}))(o.t).Role.ID
	n.Team = Must(o.Teams.Create(n.Context(), crm.CreateTeamInput{Name: "Geheim team", MemberIds: []crm.ID{n.User}}))(o.t).Team.ID
}

// sell gives the neighbour customers, and something of everything at the first of them.
func (o *Office) sell(n *Neighbour) {
	o.t.Helper()
	customer := Must(o.Customers.Create(n.Context(), crm.CreateCustomerInput{Stage: crm.Client, Fields: crm.CustomerFields{
		Name: graphql.OmittableOf(&n.CardName), KvkNumber: Text("00900199"), SearchName: Text("GH"), Classification: Text("Geheim"), Source: Text("Geheim"),
		TagIDs: List(n.Tag), SbiCode: Text("6201"), CreditStatus: Given(crm.BlockedCredit)}}))(o.t).Customer
	n.Customer, n.CustomerNumber = customer.ID, customer.Number
	n.Sister = Must(o.Customers.Create(n.Context(), crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{
		Name: Text("Geheime Zuster B.V.")}}))(o.t).Customer.ID
	n.Contact = Must(o.Contacts.Create(n.Context(), crm.CreateContactInput{CustomerID: n.Customer, Fields: crm.ContactFields{
		LastName: Text("Geheim"), Email: Text("geheim@naburig.example")}}))(o.t).Contact.ID
	n.Function = Must(o.Contacts.AddFunction(n.Context(), crm.AddContactFunctionInput{ContactID: n.Contact, Fields: crm.ContactFunctionFields{
		Title: Text("Geheim agent")}}))(o.t).Function.ID
	Must(o.Contacts.Create(n.Context(), crm.CreateContactInput{CustomerID: n.Sister, Fields: crm.ContactFields{LastName: Text("Heimelijk")}}))(o.t)
	n.Lead = Must(o.Engagements.CreateLead(n.Context(), crm.CreateLeadInput{CustomerID: n.Customer, Title: "Geheime lead"}))(o.t).Lead.ID
	Must(o.Preferences.Update(n.Context(), crm.UpdateInvoicingPreferencesInput{OwnerID: n.Customer, ExpectedVersion: new(1), Patch: crm.InvoicingFields{
		Delivery: Given(crm.InvoiceDeliveryFields{AttentionContactID: Given(n.Contact)})}}))(o.t)
	n.Request = Must(o.Engagements.CreateRequest(n.Context(), crm.CreateRequestInput{CustomerID: n.Customer, Title: "Geheime aanvraag",
		ContactID: n.Contact, Openings: 1}))(o.t).Request.ID
	n.Project = Must(o.Engagements.CreateProject(n.Context(), crm.CreateProjectInput{CustomerID: n.Customer, Title: "Geheim project",
		ContactID: n.Contact, StartOn: crm.Date(o.Clock.Now().Format(time.DateOnly))}))(o.t).Project.ID
	n.Line = Must(o.Lines.Add(n.Context(), crm.AddBillableLineInput{ProjectID: n.Project, Kind: crm.ExpenseLine, PeriodStartOn: "2026-11-02",
		PeriodEndOn: "2026-11-02", Quantity: 1_00, Rate: &crm.MoneyInput{Amount: 99_00}, IsBillable: true}))(o.t).Line.ID
	n.Invoice = Must(o.Lines.RegisterInvoice(n.Context(), crm.RegisterInvoiceInput{CustomerID: n.Customer, EngagementID: &n.Project, Number: "geheim-1",
		NetAmount: crm.MoneyInput{Amount: 99_00}}))(o.t).Invoice.ID
	n.Communication = Must(o.Communications.CreateContactMoment(n.Context(), crm.CreateContactMomentInput{CustomerID: n.Customer,
		Kind: crm.NoteMoment, Channel: "PHONE", Subject: new("Geheim gesprek"), ContactIds: []crm.ID{n.Contact}, EngagementID: &n.Project,
		FollowUpOn: new(crm.Date(o.Clock.Now().Format(time.DateOnly)))}))(o.t).Communication.NodeID()
	n.Email = Must(o.Emails.Create(n.Context(), crm.CreateEmailInput{CustomerID: n.Customer, Fields: crm.EmailFields{
		To: List(&crm.EmailRecipientInput{ContactID: &n.Contact}), Subject: Text("Geheime e-mail"), Body: Text("Geheim")}}))(o.t).Email.ID
	Must(o.Emails.Send(n.Context(), crm.SendEmailInput{ID: n.Email}))(o.t)
	content := "From: geheim@naburig.example\r\nSubject: Geheim\r\nMessage-ID: <geheim@naburig.example>\r\n\r\nGeheim"
	Must(o.Emails.File(n.Context(), crm.FileEmailInput{CustomerID: &n.Customer, Content: &content}))(o.t)
	n.Appointment = Must(o.Communications.CreateContactMoment(n.Context(), crm.CreateContactMomentInput{CustomerID: n.Customer,
		Kind: crm.AppointmentMoment, Channel: "PHONE", Subject: new("Geheime afspraak"), EndsAt: new(o.Clock.Now().Add(time.Hour)),
		RemindAt: new(o.Clock.Now()), AttendeeIds: []crm.ID{n.User}}))(o.t).Communication.NodeID()
	n.Attention = Must(o.Attentions.Add(n.Context(), crm.AddAttentionInput{CardID: n.Customer, Text: "Geheime attentie", Level: "INFO"}))(o.t).Attention.ID
	n.Report = Must(o.Reports.Save(n.Context(), crm.SaveReportInput{CardType: crm.CustomerReport, Name: "Geheim rapport", Columns: []string{"name"},
		Roles: []crm.Role{crm.Admin}}))(o.t).Report.ID
	Must(o.Exports.Export(n.Context(), crm.ExportListInput{Format: "CSV", List: crm.ExportedListInput{Customers: &crm.CustomerListArgs{}}}))(o.t)
	n.Run = Must(o.ReportRuns.Run(n.Context(), crm.RunReportInput{ReportID: n.Report, Scope: crm.AllCards, Format: "CSV"}))(o.t).Run.ID
	n.Item = Must(o.ChecklistItems.Create(n.Context(), crm.CreateChecklistItemInput{Group: crm.CustomerChecklist, Fields: crm.ChecklistItemFields{
		Text: Text("Geheim onderdeel"), Settings: graphql.OmittableOf([]*crm.ChecklistSettingInput{{Card: "CUSTOMER", Visibility: crm.EditItem}})}}))(o.t).Item.ID
	Must(o.Checklists.SetItem(n.Context(), crm.SetChecklistItemInput{CardID: n.Customer, ItemID: n.Item, Checked: true}))(o.t)
	o.runProcess(n)
	o.writePapers(n)
	n.Selection = Must(o.Selections.Create(n.Context(), crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: []crm.ID{n.Customer}}))(o.t).Selection.ID
	n.Campaign = Must(o.Campaigns.Create(n.Context(), crm.CreateCampaignInput{Fields: crm.CampaignFields{
		Name: Text("Geheime campagne"), StartOn: Given(crm.Date("2026-01-01"))}}))(o.t).Campaign.ID
	n.Membership = Must(o.Campaigns.AddMember(n.Context(), crm.AddToCampaignInput{CampaignID: n.Campaign, CustomerID: n.Customer}))(o.t).Membership.ID
	Must(o.Engagements.CreateLead(n.Context(), crm.CreateLeadInput{CustomerID: n.Customer, Title: "Geheime opbrengst", CampaignID: &n.Campaign}))(o.t)
	n.Goal = Must(o.Goals.Create(n.Context(), crm.CreateAcquisitionGoalInput{CustomerID: n.Customer, Fields: crm.AcquisitionGoalFields{
		Title: Text("Geheim doel")}}))(o.t).Goal.ID
	token := Must(o.Sessions.CreateToken(n.Context(), crm.CreateAPITokenInput{Name: "Geheime sleutel"}))(o.t)
	n.Token, n.Secret = token.APIToken.ID, *token.Secret
	events, _, err := o.Events.Replay(n.Context(), crm.EventScope{CardID: n.Customer}, 0, 1)
	if err != nil || len(events) == 0 {
		o.t.Fatalf("events of the neighbour: %v, %v", events, err)
	}
	n.Event = events[0].ID
}

// runProcess gives the neighbour a process on the first relation.
func (o *Office) runProcess(n *Neighbour) {
	o.t.Helper()
	n.Template = Must(o.ProcessTemplates.Save(n.Context(), crm.SaveProcessTemplateInput{Name: "Geheim proces", CardTypes: []crm.CardType{crm.CustomerCard},
		Steps: []*crm.ProcessTemplateStep{{Key: "stap", Title: "Geheime stap", Assignee: &crm.StepAssignee{Kind: crm.StepForStarter}}}}))(o.t).Template.ID
	n.Process = Must(o.Processes.Start(n.Context(), crm.StartProcessInput{CardID: n.Customer, TemplateID: n.Template}))(o.t).Process.ID
	n.Step = Must(o.Processes.CurrentStepsOf(n.Context(), []crm.ID{n.Process}))(o.t)[0].ID
}

// writePapers gives the neighbour documents on the first relation.
func (o *Office) writePapers(n *Neighbour) {
	o.t.Helper()
	n.DocumentTemplate = Must(o.Templates.Save(n.Context(), crm.SaveDocumentTemplateInput{Name: "Geheim sjabloon", Kind: "DOCUMENT", IsActive: true,
		CardTypes: []crm.CardType{crm.CustomerCard}, Language: crm.LanguageNL, Subject: "Geheim", Body: "Geheim"}))(o.t).Template.ID
	n.Document = Must(o.Documents.Create(n.Context(), crm.CreateDocumentInput{CustomerID: n.Customer, TemplateID: &n.DocumentTemplate, ContactID: &n.Contact}))(o.t).Document.ID
	file := Must(o.Files.Upload(n.Context(), "geheim.txt", strings.NewReader("geheim"), 1<<20))(o.t)
	sent := Must(o.Documents.Create(n.Context(), crm.CreateDocumentInput{CustomerID: n.Customer, FileID: &file.ID}))(o.t).Document
	Must(o.Documents.Send(n.Context(), crm.SendDocumentInput{ID: sent.ID, Channel: "HANDED_OVER"}))(o.t)
	n.SentDocument, n.File = sent.ID, file.ID
}
