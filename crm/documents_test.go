package crm_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// aDraft makes a letter at a relation that was not sent.
func aDraft(t *testing.T, o *crmtest.Office) *crm.Letter {
	t.Helper()
	return must2(o.Documents.CreateLetter(o.As(crmtest.Sanne), crm.CreateLetterInput{
		CustomerID: o.Customer(crmtest.Brouwer).ID, Subject: new("Bevestiging"), Body: new("Wij bevestigen onze afspraak.")}))(t).Letter
}

func sent(t *testing.T, o *crmtest.Office, id crm.ID) crm.Communication {
	t.Helper()
	return must2(o.Documents.Send(o.As(crmtest.Sanne), crm.SendDocumentInput{ID: id, Channel: crm.ByPost}))(t).Communication
}

// paperOf is a document as it is fetched.
func paperOf(t *testing.T, o *crmtest.Office, id crm.ID) string {
	t.Helper()
	paper := must2(o.Documents.Paper(o.As(crmtest.Ruben), id))(t)
	if paper.File != nil {
		return contentOf(t, o, paper.File)
	}
	return string(paper.Content)
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("look as they would go out now while they are drafts", func(t *testing.T) {
			letter := aDraft(t, o)
			first := paperOf(t, o, letter.ID)
			if !strings.HasPrefix(first, "%PDF-") || first != paperOf(t, o, letter.ID) {
				t.Errorf("it begins with %q, or comes out differently", first[:5])
			}
			o.Clock.Advance(24 * time.Hour)
			if first == paperOf(t, o, letter.ID) {
				t.Error("it has yesterday's date")
			}
		})
		t.Run("are kept for nothing when sending is only tried", func(t *testing.T) {
			letter, left := aDraft(t, o), filesLeft(t, o)
			try := crm.WithManner(o.As(crmtest.Sanne), crm.Manner{Try: func([]*crm.Event) {}})
			must2(o.Documents.Send(try, crm.SendDocumentInput{ID: letter.ID, Channel: crm.ByPost}))(t)
			equal(t, "loose files", filesLeft(t, o), left)
		})
		t.Run("stay as they were sent", func(t *testing.T) {
			letter := aDraft(t, o)
			sent(t, o, letter.ID)
			before := paperOf(t, o, letter.ID)
			head := must2(o.Templates.Letterhead(o.As(crmtest.Peter)))(t)
			must2(o.Templates.SaveLetterhead(o.As(crmtest.Peter), crm.SaveLetterheadInput{ExpectedVersion: head.Version, Name: "Nieuwe Naam B.V."}))(t)
			o.Clock.Advance(48 * time.Hour)
			must2(o.Files.Sweep(t.Context()))(t)
			if before != paperOf(t, o, letter.ID) {
				t.Error("what was sent has changed")
			}
		})
		t.Run("move to the moment they were sent on the timeline of the contact too", func(t *testing.T) {
			contact := o.Contact("Klaas Brouwer").ID
			letter := must2(o.Documents.CreateLetter(o.As(crmtest.Sanne), crm.CreateLetterInput{
				CustomerID: o.Customer(crmtest.Brouwer).ID, Subject: new("Later"), Body: new("x"), ContactID: &contact}))(t).Letter
			o.Clock.Advance(time.Hour)
			at := sent(t, o, letter.ID).Core().At
			var moments []time.Time
			if err := o.DB.Read().NewSelect().Table("communication_contacts").Column("at").Where("communication_id = ?", letter.ID).Scan(db.Everywhere(t.Context()), &moments); err != nil {
				t.Fatal(err)
			}
			if len(moments) != 1 || !moments[0].Equal(at) {
				t.Errorf("the contact has it at %v, the customer at %v", moments, at)
			}
		})
		t.Run("address who gets them as that contact is addressed, in the contact's language", func(t *testing.T) {
			femke, jolanda := o.Contact("Femke Wiersma"), o.Contact("Jolanda Kamphuis")
			must2(updateContact(o, jolanda, crm.ContactFields{Language: crmtest.Given(crm.LanguageDE), TitleBefore: crmtest.Text("dr.")}))(t)
			for _, one := range []struct {
				contact          *crm.Contact
				salutation, line string
			}{{femke, "Beste Femke", "T.a.v. mevrouw F. Wiersma"}, {jolanda, "Sehr geehrte Frau Kamphuis", "T.a.v. Frau dr. J. Kamphuis"}} {
				letter := must2(o.Documents.CreateLetter(o.As(crmtest.Sanne), crm.CreateLetterInput{CustomerID: one.contact.CustomerID,
					Subject: new("Bevestiging"), Body: new("{{contact.salutation}}"), ContactID: &one.contact.ID}))(t).Letter
				details := must2(o.Documents.DetailsOf(o.As(crmtest.Sanne), []crm.ID{letter.ID}))(t)[0]
				equal(t, "salutation", details.Salutation, one.salutation)
				equal(t, "merged", letter.Body, one.salutation)
				equal(t, "on the envelope", details.AddressLines[1], one.line)
			}
		})
		t.Run("let go of their file a day after they are discarded", func(t *testing.T) {
			file := upload(t, o, crmtest.Sanne, "weg.pdf", aPDF)
			document := must2(o.Documents.Create(o.As(crmtest.Sanne), crm.CreateDocumentInput{CustomerID: o.Customer(crmtest.Brouwer).ID, FileID: &file.ID}))(t).Document
			if _, err := o.Files.Get(o.As(crmtest.Joris), file.ID); err != nil {
				t.Errorf("a colleague does not see it: %v", err)
			}
			must2(o.Documents.Discard(o.As(crmtest.Joris), crm.DiscardDocumentInput{ID: document.ID}))(t)
			_, err := o.Files.Get(o.As(crmtest.Joris), file.ID)
			refused(t, err, crm.NotFound)
			o.Clock.Advance(25 * time.Hour)
			must2(o.Files.Sweep(t.Context()))(t)
			if _, err := o.Files.Open(t.Context(), file, 0); err == nil {
				t.Error("its content is still there")
			}
		})
		t.Run("take no file that is being let go", func(t *testing.T) {
			file := upload(t, o, crmtest.Sanne, "weg.pdf", aPDF)
			write(t, o, "UPDATE files SET state = 'LEAVING' WHERE id = ?", file.ID)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Documents.Create(o.As(crmtest.Sanne), crm.CreateDocumentInput{CustomerID: o.Customer(crmtest.Brouwer).ID, FileID: &file.ID})
				refused(t, err, crm.NotFound, "input", "fileId")
			})
		})
		t.Run("stand still on an archived card", func(t *testing.T) {
			letter := aDraft(t, o)
			must2(o.Customers.Archive(o.As(crmtest.Sanne), crm.ArchiveCustomerInput{ID: o.Customer(crmtest.Brouwer).ID}))(t)
			o.Signals()
			for _, verb := range documentVerbs(letter.ID) {
				refused(t, verb(o.As(crmtest.Sanne), o), crm.CardArchived)
			}
			changesNothing(t, o, func() {
				_, err := o.Documents.CreateLetter(o.As(crmtest.Sanne), crm.CreateLetterInput{CustomerID: letter.CustomerID, Subject: new("x"), Body: new("x")})
				refused(t, err, crm.CardArchived)
			})
		})
	})
}

// documentVerbs are what changes a draft.
func documentVerbs(id crm.ID) []func(ctx context.Context, o *crmtest.Office) error {
	return []func(ctx context.Context, o *crmtest.Office) error{
		func(ctx context.Context, o *crmtest.Office) error {
			_, err := o.Documents.Update(ctx, crm.UpdateDocumentInput{ID: id, ExpectedVersion: 1, Subject: graphql.OmittableOf(new("Anders"))})
			return err
		},
		func(ctx context.Context, o *crmtest.Office) error {
			_, err := o.Documents.Send(ctx, crm.SendDocumentInput{ID: id, Channel: crm.ByPost})
			return err
		},
		func(ctx context.Context, o *crmtest.Office) error {
			_, err := o.Documents.Discard(ctx, crm.DiscardDocumentInput{ID: id})
			return err
		},
	}
}

func TestFileDocument(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		vastgoed, gerard, before := o.Customer(crmtest.Vastgoed).ID, o.Contact("Gerard Lammers").ID, o.Clock.Now().Add(-time.Hour)
		file := func(direction crm.CommunicationDirection, change func(*crm.FileDocumentInput)) (*crm.FileDocumentPayload, error) {
			input := crm.FileDocumentInput{CustomerID: vastgoed, FileID: upload(t, o, crmtest.Sanne, "Factuur 2025-12.pdf", aPDF).ID, Direction: direction,
				ContactID: &gerard, At: &before}
			if change != nil {
				change(&input)
			}
			o.Signals()
			return o.Documents.File(o.As(crmtest.Sanne), input)
		}
		t.Run("takes what comes late on an archived card, of who has left", func(t *testing.T) {
			received := must2(file(crm.Incoming, nil))(t).Document
			equal(t, "status", received.Status, crm.Received)
			equal(t, "title", received.Subject, "Factuur 2025-12")
			equal(t, "moment", received.At.Equal(before), true)
			equal(t, "content", paperOf(t, o, received.ID), aPDF)
			late := must2(file(crm.Outgoing, nil))(t).Document
			shown := must2(o.Communications.CorrespondenceOf(o.As(crmtest.Ruben), []crm.ID{vastgoed}, crm.TimelineArgs{Search: new("factuur")}, page.Args{}))(t)[0]
			sameList(t, "in the correspondence", nodeIDs(shown.Nodes), []crm.ID{late.ID})
			for _, id := range []crm.ID{received.ID, late.ID} {
				equal(t, "named", must2(o.Communications.ContactsOf(o.As(crmtest.Ruben), []crm.ID{id}))(t)[0][0].ID, gerard)
			}
			_, err := o.Documents.Discard(o.As(crmtest.Sanne), crm.DiscardDocumentInput{ID: received.ID})
			refused(t, err, crm.CardArchived)
		})
		t.Run("takes nothing that is still to come, or stays here", func(t *testing.T) {
			_, err := file(crm.Internal, func(input *crm.FileDocumentInput) {
				input.At, input.Title = new(o.Clock.Now().Add(time.Hour)), new(" ")
				input.ContactID = new(o.Contact("Klaas Brouwer").ID)
			})
			sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.direction", "BAD_INPUT input.at", "BAD_INPUT input.title", "CONTACT_NOT_OF_CUSTOMER input.contactId"})
		})
		t.Run("leaves what it filed as it is", func(t *testing.T) {
			filed := must2(file(crm.Incoming, func(input *crm.FileDocumentInput) {
				input.CustomerID, input.ContactID = o.Customer(crmtest.Brouwer).ID, nil
			}))(t).Document
			o.Signals()
			changesNothing(t, o, func() {
				for _, verb := range documentVerbs(filed.ID) {
					refused(t, verb(o.As(crmtest.Sanne), o), crm.DocumentSent)
				}
			})
		})
	})
}

func TestTwoSendOneDraftAtOnce(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		letter := aDraft(t, o)
		answers := make([]error, 2)
		var both sync.WaitGroup
		for i, who := range []string{crmtest.Sanne, crmtest.Joris} {
			ctx := o.As(who)
			both.Go(func() {
				_, answers[i] = o.Documents.Send(ctx, crm.SendDocumentInput{ID: letter.ID, Channel: crm.ByPost})
			})
		}
		both.Wait()
		if (answers[0] == nil) == (answers[1] == nil) {
			t.Fatalf("the answers are %v", answers)
		}
		late := answers[0]
		if late == nil {
			late = answers[1]
		}
		faults := crm.FaultsOf(late)
		if len(faults) != 1 || (faults[0].Code != crm.DocumentSent && faults[0].Code != crm.Conflict) {
			t.Errorf("the late one gets %v", late)
		}
		if files := must2(o.Files.AttachmentsOf(o.As(crmtest.Sanne), []crm.ID{letter.ID}))(t)[0]; len(files) != 1 {
			t.Errorf("it has %d files", len(files))
		}
	})
}

func TestDemoFilesAreAlike(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		message := o.Message("Einde inzet de heer Hoekstra")
		kept := []byte(paperOf(t, o, message.ID))
		write(t, o, "DELETE FROM attachments WHERE communication_id = ?", message.ID)
		if again := []byte(paperOf(t, o, message.ID)); !bytes.Equal(kept, again) {
			t.Error("what was kept is not what is laid out of the rows")
		}
	})
}
