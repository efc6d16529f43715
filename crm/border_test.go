package crm_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// ids are what a verb is tried on.
type ids struct {
	office, line, invoice                                                                                                              crm.ID
	customer, contact, lead, request, project, nomination, communication, relation, attention, event, user, token, report, run, lookup crm.ID
	tag                                                                                                                                crm.ID
	selection, appointment, function, email                                                                                            crm.ID
	document, sent, paper, file                                                                                                        crm.ID
	template, process, step                                                                                                            crm.ID
	provider, role, team                                                                                                               crm.ID
	item, campaign, membership, goal                                                                                                   crm.ID
	mute                                                                                                                               crm.ID
}

func idsOf(n *crmtest.Neighbour) ids {
	return ids{
		office: n.Office, line: n.Line, invoice: n.Invoice,
		customer: n.Customer, contact: n.Contact, lead: n.Lead, request: n.Request, project: n.Project, nomination: n.Nomination,
		communication: n.Communication, relation: n.Relation, attention: n.Attention, event: n.Event, user: n.User, token: n.Token,
		report: n.Report, run: n.Run, lookup: n.Lookup, tag: n.Tag,
		selection: n.Selection, appointment: n.Appointment, function: n.Function, email: n.Email,
		document: n.Document, sent: n.SentDocument, paper: n.DocumentTemplate, file: n.File,
		template: n.Template, process: n.Process, step: n.Step,
		provider: n.Provider, role: n.Role, team: n.Team,
		item: n.Item, campaign: n.Campaign, membership: n.Membership, goal: n.Goal,
	}
}

// verb is a change, tried on things that may or may not be there.
type verb struct {
	name string
	do   func(ctx context.Context, o *crmtest.Office, on ids) error
}

// verbs are all that change the cards, each with the right input for what it is tried on.
func verbs() []verb {
	return append(slices.Concat(moneyVerbs(), keeping(), officeVerbs()), []verb{
		{"update identity provider", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Identities.UpdateProvider(ctx, crm.UpdateIdentityProviderInput{ID: on.provider, ExpectedVersion: new(1), Patch: crm.IdentityProviderFields{Name: crmtest.Text("x")}})
			return err
		}},
		{"unlink identity", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Identities.Unlink(ctx, crm.UnlinkIdentityInput{ProviderID: on.provider, UserID: on.user})
			return err
		}},
		{"update customer", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Customers.Update(ctx, crm.UpdateCustomerInput{ID: on.customer, ExpectedVersion: new(1), Patch: crm.CustomerFields{Sector: crmtest.Text("Zorg")}})
			return err
		}},
		{"sign out colleague", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Sessions.SignOutColleague(ctx, crm.SignOutColleagueInput{ID: on.user})
			return err
		}},
		{"remove second factor", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Accounts.RemoveSecondFactor(ctx, crm.RemoveSecondFactorInput{ID: on.user})
			return err
		}},
		{"reinvite colleague", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Accounts.Reinvite(ctx, crm.ReinviteColleagueInput{ID: on.user})
			return err
		}},
		{"cancel invitation", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Accounts.CancelInvitation(ctx, crm.CancelInvitationInput{ID: on.user})
			return err
		}},
		{"archive customer", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Customers.Archive(ctx, crm.ArchiveCustomerInput{ID: on.customer})
			return err
		}},
		{"restore customer", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Customers.Restore(ctx, crm.RestoreCustomerInput{ID: on.customer})
			return err
		}},
		{"revert customer", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Customers.RevertToProspect(ctx, crm.RevertToProspectInput{ID: on.customer})
			return err
		}},
		{"create contact", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.Create(ctx, crm.CreateContactInput{CustomerID: on.customer, Fields: crm.ContactFields{LastName: crmtest.Text("x")}})
			return err
		}},
		{"update contact", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.Update(ctx, crm.UpdateContactInput{ID: on.contact, ExpectedVersion: new(1), Patch: crm.ContactFields{LastName: crmtest.Text("x")}})
			return err
		}},
		{"archive contact", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.Archive(ctx, crm.ArchiveContactInput{ID: on.contact})
			return err
		}},
		{"restore contact", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.Restore(ctx, crm.RestoreContactInput{ID: on.contact})
			return err
		}},
		{"move contact", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.Move(ctx, crm.MoveContactInput{ID: on.contact, ToCustomerID: o.Customer(crmtest.Brouwer).ID})
			return err
		}},
		{"anonymize contact", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.Anonymize(ctx, crm.AnonymizeContactInput{ID: on.contact, Reason: "x"})
			return err
		}},
		{"add function", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.AddFunction(ctx, crm.AddContactFunctionInput{ContactID: on.contact, Fields: crm.ContactFunctionFields{Title: crmtest.Text("x")}})
			return err
		}},
		{"update function", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.UpdateFunction(ctx, crm.UpdateContactFunctionInput{ID: on.function, ExpectedVersion: new(1), Patch: crm.ContactFunctionFields{Title: crmtest.Text("x")}})
			return err
		}},
		{"end function", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.EndFunction(ctx, crm.EndContactFunctionInput{ID: on.function})
			return err
		}},
		{"remove function", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.RemoveFunction(ctx, crm.RemoveContactFunctionInput{ID: on.function})
			return err
		}},
		{"add card relation", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Relations.Add(ctx, crm.AddCardRelationInput{FromID: on.customer, ToID: o.Customer(crmtest.Brouwer).ID, Kind: crm.Sister})
			return err
		}},
		{"update card relation", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Relations.Update(ctx, crm.UpdateCardRelationInput{ID: on.relation, Base: crm.CardRelationFields{Note: crmtest.Null[string]()}, Patch: crm.CardRelationFields{Note: crmtest.Text("x")}})
			return err
		}},
		{"remove card relation", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Relations.Remove(ctx, crm.RemoveCardRelationInput{ID: on.relation})
			return err
		}},
		{"undo customer changes", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Revisions.UndoCustomer(ctx, crm.UndoCustomerChangesInput{ID: on.customer, ToVersion: 1, ExpectedVersion: 1})
			return err
		}},
		{"undo contact changes", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Revisions.UndoContact(ctx, crm.UndoContactChangesInput{ID: on.contact, ToVersion: 1, ExpectedVersion: 1})
			return err
		}},
		{"undo lead changes", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Revisions.UndoLead(ctx, crm.UndoEngagementChangesInput{ID: on.lead, ToVersion: 1, ExpectedVersion: 1})
			return err
		}},
		{"undo request changes", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Revisions.UndoRequest(ctx, crm.UndoEngagementChangesInput{ID: on.request, ToVersion: 1, ExpectedVersion: 1})
			return err
		}},
		{"undo project changes", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Revisions.UndoProject(ctx, crm.UndoEngagementChangesInput{ID: on.project, ToVersion: 1, ExpectedVersion: 1})
			return err
		}},
		{"save process template", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ProcessTemplates.Save(ctx, crm.SaveProcessTemplateInput{ID: &on.template, ExpectedVersion: new(1), Name: "x", CardTypes: []crm.CardType{crm.CustomerCard}})
			return err
		}},
		{"block process template", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ProcessTemplates.Block(ctx, crm.BlockProcessTemplateInput{ID: on.template})
			return err
		}},
		{"unblock process template", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ProcessTemplates.Unblock(ctx, crm.UnblockProcessTemplateInput{ID: on.template})
			return err
		}},
		{"delete process template", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ProcessTemplates.Delete(ctx, crm.DeleteProcessTemplateInput{ID: on.template})
			return err
		}},
		{"start process", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Processes.Start(ctx, crm.StartProcessInput{CardID: on.customer, TemplateID: on.template})
			return err
		}},
		{"complete step", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Processes.CompleteStep(ctx, crm.CompleteStepInput{ID: on.step})
			return err
		}},
		{"skip step", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Processes.SkipStep(ctx, crm.SkipStepInput{ID: on.step, Reason: "x"})
			return err
		}},
		{"reassign step", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Processes.ReassignStep(ctx, crm.ReassignStepInput{ID: on.step, UserID: o.Actor(crmtest.Sanne).UserID})
			return err
		}},
		{"cancel process", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Processes.Cancel(ctx, crm.CancelProcessInput{ID: on.process, Reason: "x"})
			return err
		}},
		{"create lead", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.CreateLead(ctx, crm.CreateLeadInput{CustomerID: on.customer, Title: "x"})
			return err
		}},
		{"create request", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.CreateRequest(ctx, crm.CreateRequestInput{CustomerID: on.customer, ContactID: on.contact, Title: "x", Openings: 1})
			return err
		}},
		{"create project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.CreateProject(ctx, crm.CreateProjectInput{CustomerID: on.customer, ContactID: on.contact, Title: "x", StartOn: "2027-01-01"})
			return err
		}},
		{"honour request", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.HonourRequest(ctx, crm.HonourRequestInput{ID: on.request, StartOn: "2027-01-01"})
			return err
		}},
		{"update lead", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.UpdateLead(ctx, crm.UpdateEngagementInput{ID: on.lead, ExpectedVersion: new(1), Patch: crm.EngagementFields{Title: crmtest.Text("x")}})
			return err
		}},
		{"update request", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.UpdateRequest(ctx, crm.UpdateEngagementInput{ID: on.request, ExpectedVersion: new(1), Patch: crm.EngagementFields{Title: crmtest.Text("x")}})
			return err
		}},
		{"update project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.UpdateProject(ctx, crm.UpdateEngagementInput{ID: on.project, ExpectedVersion: new(1), Patch: crm.EngagementFields{Title: crmtest.Text("x")}})
			return err
		}},
		{"convert lead", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.ConvertLead(ctx, crm.ConvertLeadInput{ID: on.lead, ContactID: &on.contact})
			return err
		}},
		{"lose lead", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.LoseLead(ctx, crm.CloseEngagementInput{ID: on.lead, ReasonID: on.lookup})
			return err
		}},
		{"reopen lead", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.ReopenLead(ctx, crm.EngagementStep{ID: on.lead})
			return err
		}},
		{"reject request", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.RejectRequest(ctx, crm.CloseEngagementInput{ID: on.request, ReasonID: on.lookup})
			return err
		}},
		{"withdraw request", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.WithdrawRequest(ctx, crm.CloseEngagementInput{ID: on.request, ReasonID: on.lookup})
			return err
		}},
		{"reopen request", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.ReopenRequest(ctx, crm.ReopenRequestInput{ID: on.request})
			return err
		}},
		{"start project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.StartProject(ctx, crm.EngagementStep{ID: on.project})
			return err
		}},
		{"hold project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.HoldProject(ctx, crm.EngagementStep{ID: on.project})
			return err
		}},
		{"resume project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.ResumeProject(ctx, crm.EngagementStep{ID: on.project})
			return err
		}},
		{"end project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.EndProject(ctx, crm.EndProjectInput{ID: on.project, EndOn: "2027-01-01"})
			return err
		}},
		{"cancel project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.CancelProject(ctx, crm.CloseEngagementInput{ID: on.project, ReasonID: on.lookup})
			return err
		}},
		{"reopen project", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.ReopenProject(ctx, crm.ReopenProjectInput{ID: on.project})
			return err
		}},
		{"archive engagement", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.ArchiveEngagement(ctx, crm.ArchiveEngagementInput{ID: on.lead})
			return err
		}},
		{"restore engagement", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Engagements.RestoreEngagement(ctx, crm.EngagementStep{ID: on.lead})
			return err
		}},
		{"add nomination", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Nominations.Add(ctx, crm.AddNominationInput{EngagementID: on.request, Kind: crm.Person, Name: "x"})
			return err
		}},
		{"update nomination", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Nominations.Update(ctx, crm.UpdateNominationInput{ID: on.nomination, ExpectedVersion: new(1), Patch: crm.NominationFields{Name: crmtest.Text("x")}})
			return err
		}},
		{"interview nomination", nominationStep((*crm.Nominations).Interview)},
		{"select nomination", nominationStep((*crm.Nominations).Select)},
		{"reject nomination", nominationStep((*crm.Nominations).Reject)},
		{"withdraw nomination", nominationStep((*crm.Nominations).Withdraw)},
		{"end nomination", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Nominations.End(ctx, crm.EndNominationInput{ID: on.nomination, EndOn: "2027-01-01"})
			return err
		}},
		{"create contact moment", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Communications.CreateContactMoment(ctx, crm.CreateContactMomentInput{CustomerID: on.customer, Kind: crm.NoteMoment, Channel: "PHONE", Subject: new("x")})
			return err
		}},
		{"create e-mail", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Emails.Create(ctx, crm.CreateEmailInput{CustomerID: on.customer})
			return err
		}},
		{"update e-mail", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Emails.Update(ctx, crm.UpdateEmailInput{ID: on.email, ExpectedVersion: new(1), Patch: crm.EmailFields{Subject: crmtest.Text("x")}})
			return err
		}},
		{"discard e-mail", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Emails.Discard(ctx, crm.DiscardEmailInput{ID: on.email})
			return err
		}},
		{"send e-mail", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Emails.Send(ctx, crm.SendEmailInput{ID: on.email})
			return err
		}},
		{"retry e-mail", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Emails.Retry(ctx, crm.RetryEmailInput{ID: on.email})
			return err
		}},
		{"withdraw e-mail", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Emails.Withdraw(ctx, crm.WithdrawEmailInput{ID: on.email})
			return err
		}},
		{"create document", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.Create(ctx, crm.CreateDocumentInput{CustomerID: on.customer, TemplateID: &on.paper})
			return err
		}},
		{"create document of a template", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.Create(ctx, crm.CreateDocumentInput{CustomerID: o.Customer(crmtest.Groep).ID, TemplateID: &on.paper})
			return err
		}},
		{"create document of a file", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.Create(ctx, crm.CreateDocumentInput{CustomerID: o.Customer(crmtest.Groep).ID, FileID: &on.file})
			return err
		}},
		{"create letter", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.CreateLetter(ctx, crm.CreateLetterInput{CustomerID: on.customer, Subject: new("x"), Body: new("x")})
			return err
		}},
		{"update document", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.Update(ctx, crm.UpdateDocumentInput{ID: on.document, ExpectedVersion: 1, Subject: crmtest.Text("x")})
			return err
		}},
		{"send document", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.Send(ctx, crm.SendDocumentInput{ID: on.document, Channel: crm.ByEmail})
			return err
		}},
		{"withdraw document", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.Withdraw(ctx, crm.WithdrawDocumentInput{ID: on.document})
			return err
		}},
		{"discard document", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.Discard(ctx, crm.DiscardDocumentInput{ID: on.document})
			return err
		}},
		{"file document", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Documents.File(ctx, crm.FileDocumentInput{CustomerID: on.customer, FileID: on.file, Direction: crm.Incoming})
			return err
		}},
		{"save document template", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Templates.Save(ctx, crm.SaveDocumentTemplateInput{ID: &on.paper, ExpectedVersion: new(1), Name: "x", Kind: "DOCUMENT",
				CardTypes: []crm.CardType{crm.CustomerCard}, Language: crm.LanguageNL, Subject: "x", Body: "x"})
			return err
		}},
		{"export personal data", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Contacts.Export(ctx, crm.ExportPersonalDataInput{ID: on.contact})
			return err
		}},
		{"file e-mail", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Emails.File(ctx, crm.FileEmailInput{CustomerID: &on.customer, Content: new("From: a@b.example\r\nSubject: x\r\n\r\nx")})
			return err
		}},
		{"update contact moment", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Communications.UpdateContactMoment(ctx, crm.UpdateContactMomentInput{ID: on.communication, ExpectedVersion: new(1), Patch: crm.ContactMomentFields{Subject: crmtest.Text("x")}})
			return err
		}},
		{"complete follow-up", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Communications.CompleteFollowUp(ctx, crm.CompleteFollowUpInput{ID: on.communication})
			return err
		}},
		{"complete appointment", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Communications.CompleteAppointment(ctx, crm.CompleteAppointmentInput{ID: on.appointment})
			return err
		}},
		{"cancel appointment", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Communications.CancelAppointment(ctx, crm.CancelAppointmentInput{ID: on.appointment, Reason: "x"})
			return err
		}},
		{"reschedule appointment", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Communications.RescheduleAppointment(ctx, crm.RescheduleAppointmentInput{ID: on.appointment, At: o.Clock.Now()})
			return err
		}},
		{"add attention to customer", addAttention(func(on ids) crm.ID { return on.customer })},
		{"add attention to contact", addAttention(func(on ids) crm.ID { return on.contact })},
		{"add attention to project", addAttention(func(on ids) crm.ID { return on.project })},
		{"remove attention", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Attentions.Remove(ctx, crm.RemoveAttentionInput{ID: on.attention})
			return err
		}},
		{"announce editing", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, _, err := o.Presence.Admit(ctx, crm.AnnounceEditingInput{CardID: on.customer, Field: new("phone")})
			return err
		}},
		{"update attention", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Attentions.Update(ctx, crm.UpdateAttentionInput{ID: on.attention, ExpectedVersion: new(1), Patch: crm.AttentionFields{Text: crmtest.Text("x")}})
			return err
		}},
		{"update campaign", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Campaigns.Update(ctx, crm.UpdateCampaignInput{ID: on.campaign, ExpectedVersion: new(1), Patch: crm.CampaignFields{Name: crmtest.Text("x")}})
			return err
		}},
		{"end campaign", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Campaigns.End(ctx, crm.EndCampaignInput{ID: on.campaign})
			return err
		}},
		{"add to campaign", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Campaigns.AddMember(ctx, crm.AddToCampaignInput{CampaignID: on.campaign, CustomerID: on.customer})
			return err
		}},
		{"update campaign membership", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Campaigns.UpdateMember(ctx, crm.UpdateCampaignMembershipInput{ID: on.membership, ExpectedVersion: new(1), Patch: crm.CampaignMembershipFields{Status: crmtest.Given(crm.MemberContacted)}})
			return err
		}},
		{"remove from campaign", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Campaigns.RemoveMember(ctx, crm.RemoveFromCampaignInput{ID: on.membership})
			return err
		}},
		{"create acquisition goal", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Goals.Create(ctx, crm.CreateAcquisitionGoalInput{CustomerID: on.customer, Fields: crm.AcquisitionGoalFields{Title: crmtest.Text("x")}})
			return err
		}},
		{"update acquisition goal", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Goals.Update(ctx, crm.UpdateAcquisitionGoalInput{ID: on.goal, ExpectedVersion: new(1), Patch: crm.AcquisitionGoalFields{Title: crmtest.Text("x")}})
			return err
		}},
		{"close acquisition goal", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Goals.Close(ctx, crm.CloseAcquisitionGoalInput{ID: on.goal, Outcome: "MISSED", Result: "x"})
			return err
		}},
		{"reopen acquisition goal", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Goals.Reopen(ctx, crm.ReopenAcquisitionGoalInput{ID: on.goal})
			return err
		}},
		{"tick a checklist item", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Checklists.SetItem(ctx, crm.SetChecklistItemInput{CardID: on.customer, ItemID: on.item, Checked: true})
			return err
		}},
		{"note beside a checklist item", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Checklists.SetNote(ctx, crm.SetChecklistNoteInput{CardID: on.customer, ItemID: on.item, Note: "x"})
			return err
		}},
		{"update checklist item", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ChecklistItems.Update(ctx, crm.UpdateChecklistItemInput{ID: on.item, ExpectedVersion: new(1), Patch: crm.ChecklistItemFields{Text: crmtest.Text("x")}})
			return err
		}},
		{"deactivate checklist item", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ChecklistItems.Deactivate(ctx, crm.DeactivateChecklistItemInput{ID: on.item})
			return err
		}},
		{"reactivate checklist item", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ChecklistItems.Reactivate(ctx, crm.ReactivateChecklistItemInput{ID: on.item})
			return err
		}},
		{"delete checklist item", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ChecklistItems.Delete(ctx, crm.DeleteChecklistItemInput{ID: on.item})
			return err
		}},
		{"update colleague", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Users.Update(ctx, crm.UpdateColleagueInput{ID: on.user, Role: crmtest.Given(crm.ReadOnly)})
			return err
		}},
	}...)
}

func nominationStep(step func(*crm.Nominations, context.Context, crm.NominationStep) (*crm.NominationPayload, error)) func(context.Context, *crmtest.Office, ids) error {
	return func(ctx context.Context, o *crmtest.Office, on ids) error {
		_, err := step(o.Nominations, ctx, crm.NominationStep{ID: on.nomination})
		return err
	}
}

func addAttention(card func(on ids) crm.ID) func(context.Context, *crmtest.Office, ids) error {
	return func(ctx context.Context, o *crmtest.Office, on ids) error {
		_, err := o.Attentions.Add(ctx, crm.AddAttentionInput{CardID: card(on), Text: "x", Level: "INFO"})
		return err
	}
}

// ownVerbs are those that a reader may use too, and that concern the actor alone.
func ownVerbs() []verb {
	return []verb{
		{"mark attention seen", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Attentions.MarkSeen(ctx, crm.MarkAttentionSeenInput{ID: on.attention})
			return err
		}},
		{"acknowledge attention", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Attentions.Acknowledge(ctx, crm.AcknowledgeAttentionInput{ID: on.attention})
			return err
		}},
		{"run report", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ReportRuns.Run(ctx, crm.RunReportInput{ReportID: on.report, Scope: crm.AllCards, Format: "CSV"})
			return err
		}},
		{"export list", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Exports.Export(ctx, crm.ExportListInput{Format: "CSV", List: crm.ExportedListInput{Contacts: &crm.ExportedContactsInput{CustomerID: on.customer}}})
			return err
		}},
		{"create selection", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Selections.Create(ctx, crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: []crm.ID{on.customer}})
			return err
		}},
		{"move selection", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Selections.Move(ctx, crm.MoveSelectionInput{ID: on.selection, Step: new(crm.LastStep)})
			return err
		}},
		{"close selection", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Selections.Close(ctx, crm.CloseSelectionInput{ID: on.selection})
			return err
		}},
		{"cancel report run", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.ReportRuns.Cancel(ctx, crm.CancelReportRunInput{ID: on.run})
			return err
		}},
		{"revoke API token", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Sessions.RevokeToken(ctx, crm.RevokeAPITokenInput{ID: on.token})
			return err
		}},
	}
}

// ownIDs are things of the demo office.
func ownIDs(o *crmtest.Office) ids {
	return ids{
		office: o.ID, line: o.Line("November tot nu toe").ID,
		customer: o.Customer(crmtest.Installatie).ID, contact: o.Contact("Naima Bouzid").ID, lead: o.Engagement("L-2026-0101").ID,
		nomination: o.Nomination("P-2026-0012", "Lotte Smits").ID, lookup: o.Lookup(crm.LostReasonList, "Tarief te hoog").ID,
		request: o.Engagement("A-2026-0040").ID, project: o.Engagement("P-2026-0012").ID, attention: o.Attention(crmtest.Installatie).ID,
		report: o.Report("Klantenlijst").ID, item: o.ChecklistItem("KVK-uittreksel gecontroleerd").ID,
		campaign: o.Campaign("Installatiebranche Q1 2027").ID, membership: o.Membership(crmtest.Installatie).ID, goal: o.Goal("Eerste plaatsing realiseren").ID,
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		reader, on := o.As(crmtest.Ruben), ownIDs(o)
		for _, verb := range verbs() {
			t.Run("may not "+verb.name, func(t *testing.T) {
				changesNothing(t, o, func() { refused(t, verb.do(reader, o, on), crm.Forbidden) })
			})
		}
		t.Run("may not create customer", func(t *testing.T) {
			_, err := o.Customers.Create(reader, crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{Name: crmtest.Text("x")}})
			refused(t, err, crm.Forbidden)
		})
		t.Run("may read the card", func(t *testing.T) {
			equal(t, "name", must2(o.Customers.Get(reader, crm.CustomerRef{ID: &on.customer}))(t).ID, on.customer)
		})
		t.Run("may take note of attentions and keep API tokens", func(t *testing.T) {
			must2(o.Attentions.Acknowledge(reader, crm.AcknowledgeAttentionInput{ID: on.attention}))(t)
			token := must2(o.Sessions.CreateToken(reader, crm.CreateAPITokenInput{Name: "Lezer"}))(t)
			must2(o.Sessions.RevokeToken(reader, crm.RevokeAPITokenInput{ID: token.APIToken.ID}))(t)
		})
		t.Run("says it in the language of the reader", func(t *testing.T) {
			fault := refusal(t, verbs()[0].do(reader, o, on), crm.Forbidden)
			equal(t, "Dutch", fault.Text.In(crm.LanguageNL), "U mag dit niet wijzigen.")
			equal(t, "German", fault.Text.In(crm.LanguageDE), "You may not change this.")
		})
	})
}

func TestStranger(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		on := ownIDs(o)
		for _, verb := range append(verbs(), ownVerbs()...) {
			t.Run("may not "+verb.name, func(t *testing.T) {
				if err := verb.do(t.Context(), o, on); !errors.Is(err, crm.ErrUnauthenticated) {
					t.Errorf("got %v", err)
				}
			})
		}
		for _, reading := range readings() {
			t.Run("may not read "+reading.name, func(t *testing.T) {
				if _, err := reading.do(t.Context(), o, on); !errors.Is(err, crm.ErrUnauthenticated) {
					t.Errorf("got %v", err)
				}
			})
		}
	})
}

// reading is a way to read; it gives all that was found, and what stays empty when nothing was.
type reading struct {
	name string
	do   func(ctx context.Context, o *crmtest.Office, on ids) (any, error)
}

// overviews are the filters of the overview of relations.
func overviews() []reading {
	by := func(name string, filter func(on ids) crm.CustomerFilter) reading {
		return reading{"list of customers by " + name, func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return nodesOf(o.Customers.List(ctx, crm.CustomerListArgs{Archived: crm.ArchivedInclude, Filter: new(filter(on))}, page.Args{}))
		}}
	}
	secret, begins := &crm.TextFilter{Eq: new("geheim")}, &crm.TextFilter{StartsWith: new("geheim")}
	return []reading{
		by("class", func(ids) crm.CustomerFilter { return crm.CustomerFilter{Classification: secret} }),
		by("source", func(ids) crm.CustomerFilter { return crm.CustomerFilter{Source: secret} }),
		by("tag", func(on ids) crm.CustomerFilter { return crm.CustomerFilter{Tag: &crm.IDFilter{Eq: &on.tag}} }),
		by("other tag", func(on ids) crm.CustomerFilter {
			return crm.CustomerFilter{Name: begins, Tag: &crm.IDFilter{Ne: &on.lookup}}
		}),
		by("edition of the code", func(ids) crm.CustomerFilter {
			return crm.CustomerFilter{Name: begins, SbiVersions: []crm.SbiVersion{crm.Sbi2025}}
		}),
		by("credit", func(ids) crm.CustomerFilter {
			return crm.CustomerFilter{Name: begins, CreditStatuses: []crm.CreditStatus{crm.BlockedCredit}}
		}),
		{"list of customers by search name", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return nodesOf(o.Customers.List(ctx, crm.CustomerListArgs{Archived: crm.ArchivedInclude, Search: new("gh")}, page.Args{}))
		}},
	}
}

// readings are all ways to read by what belongs to an office.
func readings() []reading {
	one := func(id crm.ID) []crm.ID { return []crm.ID{id} }
	return append(slices.Concat(moneyReadings(), officeReadings(), overviews()), []reading{
		{"customer by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Customers.Get(ctx, crm.CustomerRef{ID: &on.customer})
		}},
		{"customers by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Customers.ByIDs(ctx, one(on.customer))
		}},
		{"list of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return nodesOf(o.Customers.List(ctx, crm.CustomerListArgs{Archived: crm.ArchivedInclude, Filter: &crm.CustomerFilter{ID: &crm.IDFilter{Eq: &on.customer}}}, page.Args{}))
		}},
		{"identity providers by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Identities.ProvidersByIDs(ctx, one(on.provider))
		}},
		{"identity providers", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return o.Identities.Providers(ctx)
		}},
		{"list of customers by contact", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return nodesOf(o.Customers.List(ctx, crm.CustomerListArgs{Archived: crm.ArchivedInclude, Filter: &crm.CustomerFilter{
				Contacts: &crm.ContactListFilter{Some: &crm.ContactFilter{Name: &crm.TextFilter{Eq: new("geheim")}}}}}, page.Args{}))
		}},
		{"counts", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			counts, err := o.Customers.CountsOf(ctx, one(on.customer))
			if err != nil || *counts[0] == (crm.CustomerCounts{CustomerID: on.customer}) {
				return nil, err
			}
			return counts, nil
		}},
		{"contacts by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Contacts.ByIDs(ctx, one(on.contact))
		}},
		{"recent contacts", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Contacts.RecentOfCustomers(ctx, one(on.customer))
		}},
		{"contacts of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Contacts.OfCustomers(ctx, one(on.customer), crm.ContactListArgs{Archived: crm.ArchivedInclude}, page.Args{}))
		}},
		{"functions of contacts", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Contacts.FunctionsOf(ctx, one(on.contact))
		}},
		{"functions by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Contacts.FunctionsByIDs(ctx, one(on.function))
		}},
		{"contacts of related cards", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Relations.ContactsOf(ctx, one(on.customer), crm.RelatedContactArgs{Scope: crm.RelatedDirectly}, page.Args{}))
		}},
		{"contacts of the group", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Relations.ContactsOf(ctx, one(on.customer), crm.RelatedContactArgs{Scope: crm.RelatedByGroup}, page.Args{}))
		}},
		{"engagements by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.ByIDs(ctx, []crm.ID{on.lead, on.request, on.project})
		}},
		{"recent engagements", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.RecentOfCustomers(ctx, one(on.customer))
		}},
		{"recent leads", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.RecentLeadsOf(ctx, one(on.customer))
		}},
		{"recent requests", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.RecentRequestsOf(ctx, one(on.customer))
		}},
		{"recent projects", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.RecentProjectsOf(ctx, one(on.customer))
		}},
		{"history of phases", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.PhaseHistoryOf(ctx, one(on.request))
		}},
		{"pipeline", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return nodesOf(o.Engagements.Pipeline(ctx, crm.PipelineArgs{Filter: &crm.EngagementFilter{Customer: &crm.IDFilter{Eq: &on.customer}}}, page.Args{}))
		}},
		{"exports", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return nodesOf(o.Exports.List(ctx, page.Args{}))
		}},
		{"totals of the pipeline", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.Totals(ctx, crm.PipelineArgs{Filter: &crm.EngagementFilter{Customer: &crm.IDFilter{Eq: &on.customer}}})
		}},
		{"engagements of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Engagements.OfCustomers(ctx, one(on.customer), crm.EngagementListArgs{Archived: crm.ArchivedInclude}, page.Args{}))
		}},
		{"projects of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Engagements.ProjectsOfCustomers(ctx, one(on.customer), crm.EngagementListArgs{Archived: crm.ArchivedInclude}, page.Args{}))
		}},
		{"what something turned into", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Engagements.ByOrigins(ctx, one(on.request))
		}},
		{"nominations", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Nominations.OfEngagements(ctx, one(on.request))
		}},
		{"nominations by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Nominations.ByIDs(ctx, one(on.nomination))
		}},
		{"timeline of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Communications.OfCustomers(ctx, one(on.customer), crm.TimelineArgs{}, page.Args{}))
		}},
		{"timeline of contacts", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Communications.OfContacts(ctx, one(on.contact), crm.TimelineArgs{}, page.Args{}))
		}},
		{"timeline of engagements", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Communications.OfEngagements(ctx, one(on.project), crm.TimelineArgs{}, page.Args{}))
		}},
		{"correspondence", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Communications.CorrespondenceOf(ctx, one(on.customer), crm.TimelineArgs{}, page.Args{}))
		}},
		{"communications by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Communications.ByIDs(ctx, one(on.communication))
		}},
		{"contacts of communications", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Communications.ContactsOf(ctx, one(on.communication))
		}},
		{"documents as they are fetched", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return absent(o.Documents.Paper(ctx, on.document))
		}},
		{"documents as they were sent", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return absent(o.Documents.Paper(ctx, on.sent))
		}},
		{"details of documents", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Documents.DetailsOf(ctx, []crm.ID{on.document, on.sent})
		}},
		{"files", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return absent(o.Files.Get(ctx, on.file))
		}},
		{"attachments", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Files.AttachmentsOf(ctx, one(on.sent))
		}},
		{"document templates by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Templates.ByIDs(ctx, one(on.paper))
		}},
		{"versions of document templates", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Templates.VersionsOf(ctx, one(on.paper))
		}},
		{"deliveries of e-mails", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Emails.DeliveriesOf(ctx, one(on.email))
		}},
		{"e-mails that were answered", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Emails.AnsweredBy(ctx, []*crm.Message{{CustomerID: on.customer, EmailFrame: crm.EmailFrame{RepliesTo: new("geheim@naburig.example")}}})
		}},
		{"attendees of appointments", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Communications.AttendeesOf(ctx, one(on.appointment))
		}},
		{"calendar entries of appointments", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			objects, err := o.Communications.ICalendarsOf(ctx, one(on.appointment))
			if err != nil || objects[0] == "" {
				return nil, err
			}
			return objects, nil
		}},
		{"own follow-ups", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return nodesOf(o.Communications.FollowUps(ctx, nil, page.Args{}))
		}},
		{"own agenda", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return nodesOf(o.Communications.Agenda(ctx, page.Args{}))
		}},
		{"own reminders", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return o.Communications.Reminders(ctx)
		}},
		{"own calendar", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			object, err := o.Communications.Calendar(ctx)
			if err != nil || !strings.Contains(object, "VEVENT") {
				return nil, err
			}
			return []string{object}, nil
		}},
		{"attentions of cards", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Attentions.OfCards(ctx, one(on.customer), true)
		}},
		{"attentions by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Attentions.ByIDs(ctx, one(on.attention))
		}},
		{"receipts", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Attentions.ReceiptsOf(ctx, one(on.attention))
		}},
		{"own receipts", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Attentions.OwnReceipts(ctx, one(on.attention))
		}},
		{"recipients", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Attentions.RecipientsOf(ctx, one(on.attention))
		}},
		{"card relations", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Relations.OfCustomers(ctx, one(on.customer))
		}},
		{"card relations by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Relations.ByIDs(ctx, one(on.relation))
		}},
		{"history of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Events.OfCustomers(ctx, one(on.customer), page.Args{}))
		}},
		{"history of cards", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Events.OfCards(ctx, one(on.contact), page.Args{}))
		}},
		{"log", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			events, _, err := o.Events.Replay(ctx, crm.EventScope{CardID: on.customer}, 0, 100)
			return events, err
		}},
		{"events by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Events.ByIDs(ctx, one(on.event))
		}},
		{"reports by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Reports.ByIDs(ctx, one(on.report))
		}},
		{"revisions", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Revisions.OfCards(ctx, one(on.customer), page.Args{}))
		}},
		{"revisions of a project", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Revisions.OfCards(ctx, one(on.project), page.Args{}))
		}},
		{"version of a card", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Revisions.CardVersion(ctx, on.customer)
		}},
		{"version of a request", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Revisions.CardVersion(ctx, on.request)
		}},
		{"audit", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return nodesOf(o.Events.Audit(ctx, &crm.EventFilter{Cards: one(on.customer)}, page.Args{}))
		}},
		{"process templates by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.ProcessTemplates.ByIDs(ctx, one(on.template))
		}},
		{"processes by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Processes.ByIDs(ctx, one(on.process))
		}},
		{"steps by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Processes.StepsByIDs(ctx, one(on.step))
		}},
		{"processes of cards", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Processes.OfCards(ctx, one(on.customer), nil, page.Args{}))
		}},
		{"steps of processes", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Processes.StepsOf(ctx, one(on.process))
		}},
		{"open steps of processes", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Processes.CurrentStepsOf(ctx, one(on.process))
		}},
		{"selections by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Selections.ByIDs(ctx, one(on.selection))
		}},
		{"lookup values by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Lookups.ByIDs(ctx, one(on.lookup))
		}},
		{"data quality", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Customers.QualityOf(ctx, one(on.customer))
		}},
		{"attention indicators", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			indicators, err := o.Attentions.IndicatorsOf(ctx, one(on.customer))
			if err != nil || indicators[0].Count == 0 {
				return nil, err
			}
			return indicators, nil
		}},
		{"campaigns by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Campaigns.ByIDs(ctx, one(on.campaign))
		}},
		{"campaigns by name", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return nodesOf(o.Campaigns.List(ctx, crm.CampaignListArgs{Search: new("geheim")}, page.Args{}))
		}},
		{"memberships by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Campaigns.MembershipsByIDs(ctx, one(on.membership))
		}},
		{"members of campaigns", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Campaigns.MembersOf(ctx, one(on.campaign), crm.MembershipListArgs{}, page.Args{}))
		}},
		{"totals of campaigns", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			totals, err := o.Engagements.TotalsOfCampaigns(ctx, one(on.campaign))
			if err != nil || len(totals[0]) == 0 {
				return nil, err
			}
			return totals, nil
		}},
		{"campaigns of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Campaigns.OfCustomers(ctx, one(on.customer), crm.MembershipListArgs{}, page.Args{}))
		}},
		{"goals by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Goals.ByIDs(ctx, one(on.goal))
		}},
		{"goals of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Goals.OfCustomers(ctx, one(on.customer), crm.GoalListArgs{}, page.Args{}))
		}},
		{"checklist items by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.ChecklistItems.ByIDs(ctx, one(on.item))
		}},
		{"checklists of cards", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Checklists.OfCards(ctx, one(on.customer))
		}},
		{"whether cards have a checklist", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			visible, err := o.Checklists.VisibleFor(ctx, one(on.customer))
			if err != nil || !visible[0] {
				return nil, err
			}
			return visible, nil
		}},
		{"settings of checklist items", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			settings, err := o.ChecklistItems.SettingsOf(ctx, []*crm.ChecklistItem{{ID: on.item, Group: crm.CustomerChecklist}})
			if err != nil || settings[0][1].Visibility == crm.HideItem {
				return nil, err
			}
			return settings, nil
		}},
		{"history of checklist entries", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Checklists.HistoryOf(ctx, []*crm.ChecklistEntry{{CardID: on.customer, ItemID: on.item}})
		}},
		{"report runs by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.ReportRuns.ByIDs(ctx, one(on.run))
		}},
		{"colleagues by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Users.ByIDs(ctx, one(on.user))
		}},
		{"nodes", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Nodes.Asked(ctx, []crm.ID{on.customer, on.contact, on.lead, on.request, on.project, on.nomination,
				on.communication, on.relation, on.attention, on.event, on.user, on.token, on.report, on.run, on.item, on.campaign, on.membership, on.goal, on.function})
		}},
		{"cards", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Nodes.Cards(ctx, []crm.ID{on.customer, on.contact, on.project})
		}},
		{"search", func(ctx context.Context, o *crmtest.Office, _ ids) (any, error) {
			return o.Search.Find(ctx, "geheim", nil, crm.ArchivedInclude, 50)
		}},
	}...)
}

// absent is nothing where that is how it is refused.
func absent[N any](found *N, err error) (any, error) {
	if faults := crm.FaultsOf(err); len(faults) == 1 && faults[0].Code == crm.NotFound {
		return nil, nil
	}
	return found, err
}

// listed is a page that was found, which is counted as whoever asked.
type listed struct {
	nodes any
	count func(context.Context) (int, error)
}

func nodesOf[N any](c *page.Connection[N], err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return listed{c.Nodes, c.TotalCount}, nil
}

func pagesOf[N any](connections []*page.Connection[N], err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return nodesOf(connections[0], nil)
}

// find gives what is read, or how many there are where these are others.
func (r reading) find(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
	found, err := r.do(ctx, o, on)
	list, ok := found.(listed)
	if !ok {
		return found, err
	}
	if total, err := list.count(ctx); err != nil || total != reflect.ValueOf(list.nodes).Len() {
		return []int{total}, err
	}
	return list.nodes, nil
}

// nothing tells whether a reading found nothing: nil, an empty list, or a list of nothings.
func nothing(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Slice:
		for i := range v.Len() {
			if !nothing(v.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Interface, reflect.Pointer:
		return v.IsNil()
	}
	return false
}

func TestNeighbour(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		n := o.Neighbour()
		o.Signals()
		ours, theirs := o.As(crmtest.Peter), idsOf(n)
		for _, reading := range readings() {
			t.Run("is absent from "+reading.name, func(t *testing.T) {
				found, err := reading.find(ours, o, theirs)
				if err != nil || !nothing(reflect.ValueOf(found)) {
					t.Errorf("found %+v, %v", found, err)
				}
			})
		}
		t.Run("sees its own by the same ways", func(t *testing.T) {
			for _, reading := range readings() {
				switch reading.name {
				case "receipts", "own receipts", "recipients", "what something turned into":
					continue // it has none
				}
				found, err := reading.find(n.Context(), o, theirs)
				if err != nil || nothing(reflect.ValueOf(found)) {
					t.Errorf("%s: found %+v, %v", reading.name, found, err)
				}
			}
		})
		for _, verb := range append(verbs(), ownVerbs()...) {
			t.Run("is absent for "+verb.name, func(t *testing.T) {
				changesNothing(t, o, func() { refused(t, verb.do(ours, o, theirs), crm.NotFound) })
			})
		}
		t.Run("cannot be named by cards of ours", func(t *testing.T) {
			changesNothing(t, o, func() {
				own := o.Customer(crmtest.Groep).ID
				_, err := o.Customers.Update(ours, crm.UpdateCustomerInput{ID: own, ExpectedVersion: new(1), Patch: crm.CustomerFields{AccountManagerID: crmtest.Given(theirs.user)}})
				refused(t, err, crm.NotFound, "input", "patch", "accountManagerId")
				_, err = o.Customers.Update(ours, crm.UpdateCustomerInput{ID: own, ExpectedVersion: new(1), Patch: crm.CustomerFields{TagIDs: crmtest.List(theirs.tag)}})
				refused(t, err, crm.NotFound, "input", "patch", "tagIds", "0")
				_, err = o.Engagements.CreateLead(ours, crm.CreateLeadInput{CustomerID: own, Title: "x", ContactID: &theirs.contact, HandlerID: &theirs.user})
				sameList(t, "faults", faultsOf(err), []string{"NOT_FOUND input.handlerId", "NOT_FOUND input.contactId"})
				_, err = moment(o, crm.CreateContactMomentInput{CustomerID: own, Subject: new("x"), ContactIds: []crm.ID{theirs.contact}, EngagementID: &theirs.project})
				sameList(t, "faults", faultsOf(err), []string{"NOT_FOUND input.contactIds", "NOT_FOUND input.engagementId"})
				_, err = o.Attentions.Add(ours, crm.AddAttentionInput{CardID: own, Text: "x", Level: "INFO", RecipientIds: []crm.ID{theirs.user}})
				refused(t, err, crm.NotFound, "input", "recipientIds")
				_, err = o.Preferences.Update(ours, crm.UpdateInvoicingPreferencesInput{OwnerID: own, ExpectedVersion: new(1), Patch: crm.InvoicingFields{
					MethodID: crmtest.Given(theirs.lookup), Delivery: crmtest.Given(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Given(theirs.contact)})}})
				sameList(t, "faults", faultsOf(err), []string{"NOT_FOUND input.patch.methodId", "NOT_FOUND input.patch.delivery.attentionContactId"})
				_, err = o.ReportRuns.Run(ours, crm.RunReportInput{ReportID: o.Report("Klantenlijst").ID, Scope: crm.SelectedCards, CardIds: []crm.ID{own, theirs.customer}, Format: "CSV"})
				refused(t, err, crm.NotFound, "input", "cardIds")
				_, err = o.Reports.Save(ours, crm.SaveReportInput{CardType: crm.CustomerReport, Name: "x", Columns: []string{"name"}, Roles: []crm.Role{crm.Admin},
					Filter: &crm.ReportFilterInput{AccountManagerID: &theirs.user}})
				refused(t, err, crm.NotFound, "input", "filter", "accountManagerId")
				_, err = o.Relations.Add(ours, crm.AddCardRelationInput{FromID: own, ToID: theirs.customer, Kind: crm.Sister})
				refused(t, err, crm.NotFound, "input", "toId")
				contact := o.Contact("Hans Oudekerk")
				_, err = o.Documents.File(ours, crm.FileDocumentInput{CustomerID: own, FileID: theirs.file, Direction: crm.Incoming, ContactID: &theirs.contact, EngagementID: &theirs.project})
				sameList(t, "faults", faultsOf(err), []string{"NOT_FOUND input.contactId", "NOT_FOUND input.engagementId", "NOT_FOUND input.fileId"})
				_, err = o.Contacts.Move(ours, crm.MoveContactInput{ID: contact.ID, ToCustomerID: theirs.customer})
				refused(t, err, crm.NotFound, "input", "toCustomerId")
				_, err = o.Contacts.Update(ours, crm.UpdateContactInput{ID: contact.ID, ExpectedVersion: &contact.Version, Patch: crm.ContactFields{PreferredChannelID: crmtest.Given(theirs.lookup)}})
				refused(t, err, crm.NotFound, "input", "patch", "preferredChannelId")
				_, err = o.Contacts.AddFunction(ours, crm.AddContactFunctionInput{ContactID: contact.ID, Fields: crm.ContactFunctionFields{
					Title: crmtest.Text("x"), RoleID: crmtest.Given(theirs.lookup)}})
				refused(t, err, crm.NotFound, "input", "fields", "roleId")
			})
		})
		t.Run("gets no receipt of ours", func(t *testing.T) {
			changesNothing(t, o, func() {
				if err := o.Attentions.Deliver(ours, theirs.attention, []crm.ID{o.Actor(crmtest.Sanne).UserID, theirs.user}); err != nil {
					t.Error(err)
				}
			})
		})
		t.Run("has numbers of its own", func(t *testing.T) {
			equal(t, "number", n.CustomerNumber, crmtest.Groep)
			equal(t, "id", must2(o.Customers.Get(ours, crm.CustomerRef{Number: &n.CustomerNumber}))(t).ID, o.Customer(crmtest.Groep).ID)
			equal(t, "their id", must2(o.Customers.Get(n.Context(), crm.CustomerRef{Number: &n.CustomerNumber}))(t).ID, theirs.customer)
		})
		t.Run("has a log and a colleague of its own", func(t *testing.T) {
			head := must2(o.Events.Head(n.Context()))(t)
			equal(t, "their position among ours", must2(o.Events.Admits(ours, *head))(t), crm.CursorUnknown)
			equal(t, "their colleagues", len(must2(o.Users.List(n.Context(), page.Args{}))(t).Nodes), 1)
			equal(t, "our colleagues", len(must2(o.Users.List(ours, page.Args{}))(t).Nodes), 6)
			equal(t, "their attentions", len(must2(o.Attentions.OfActor(n.Context()))(t)), 1)
			equal(t, "our attentions", len(must2(o.Attentions.OfActor(ours))(t)), 2)
			equal(t, "their reports", len(must2(o.Reports.List(n.Context(), crm.ReportListArgs{CardType: crm.CustomerReport, ForManagement: true}, page.Args{}))(t).Nodes), 1)
			equal(t, "our reports", len(must2(o.Reports.List(ours, crm.ReportListArgs{CardType: crm.CustomerReport, ForManagement: true}, page.Args{}))(t).Nodes), 2)
			equal(t, "our report runs", len(must2(o.ReportRuns.List(ours, page.Args{}))(t).Nodes), 0)
			if head := must2(o.Templates.Letterhead(n.Context()))(t); head.Name == must2(o.Templates.Letterhead(ours))(t).Name {
				t.Error("the neighbour has our letterhead")
			}
			equal(t, "our office", must2(o.Users.Organization(ours))(t).Name, "Delta Detachering B.V.")
			refused(t, o.Nodes.MustSee(ours, theirs.customer), crm.NotFound)
		})
	})
}
