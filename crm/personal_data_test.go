package crm_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// exported is what a person is told.
func exported(t *testing.T, o *crmtest.Office, contact crm.ID) string {
	t.Helper()
	answer := must2(o.Contacts.Export(o.As(crmtest.Peter), crm.ExportPersonalDataInput{ID: contact}))(t)
	content := contentOf(t, o, answer.File)
	if !json.Valid([]byte(content)) {
		t.Fatalf("no machine reads %q", content)
	}
	return content
}

func TestExportPersonalData(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		person := plant(t, o)
		t.Run("tells all that anonymizing erases", func(t *testing.T) {
			content := strings.ToLower(exported(t, o, person.ID))
			for _, value := range person.values {
				if !strings.Contains(content, strings.ToLower(value)) {
					t.Errorf("%s is not told", value)
				}
			}
		})
		t.Run("tells what was said, sold and planned with them, and nobody's hidden address", func(t *testing.T) {
			fields := letterTo(o, "Naima Bouzid")
			fields.Bcc = crmtest.List(to(o, "Erik Jansen")...)
			drafted(t, o, fields)
			content := exported(t, o, o.Contact("Naima Bouzid").ID)
			for _, value := range []string{"Twee kandidaten projectleider E&W", "hierbij zoals besproken", "L-2026-0101", "Inkoper inhuur", "Donderdag 14.00 uur"} {
				if !strings.Contains(content, strings.ReplaceAll(value, "&", `\u0026`)) {
					t.Errorf("%q is not told", value)
				}
			}
			if strings.Contains(content, "e.jansen@vdv-installatie.example") {
				t.Error("it tells who else got an e-mail in secret")
			}
		})
		t.Run("tells the channel that they prefer as they would say it", func(t *testing.T) {
			rik, visit := o.Contact("Rik Scholten"), o.Lookup(crm.PreferredChannelList, "Bezoek")
			must2(o.Contacts.Update(o.As(crmtest.Sanne), crm.UpdateContactInput{ID: rik.ID, ExpectedVersion: &rik.Version, Patch: crm.ContactFields{PreferredChannelID: crmtest.Given(visit.ID)}}))(t)
			if content := exported(t, o, rik.ID); !strings.Contains(content, `"preferredChannel": "Bezoek"`) {
				t.Errorf("the channel is not told: %s", content)
			}
		})
		t.Run("is recorded, and there for whoever asked, for a day", func(t *testing.T) {
			head := o.Head()
			file := must2(o.Contacts.Export(o.As(crmtest.Peter), crm.ExportPersonalDataInput{ID: person.ID}))(t).File
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.ContactExportedEvent})
			equal(t, "of", events[0].CardID, person.ID)
			equal(t, "by", *events[0].ActorID, o.Actor(crmtest.Peter).UserID)
			checkVersions(t, o)
			_, err := o.Files.Get(o.As(crmtest.Sanne), file.ID)
			refused(t, err, crm.NotFound)
			o.Clock.Advance(25 * time.Hour)
			must2(o.Files.Sweep(t.Context()))(t)
			_, err = o.Files.Get(o.As(crmtest.Peter), file.ID)
			refused(t, err, crm.NotFound)
		})
		o.Signals()
		t.Run("that is only tried tells what would be recorded, and keeps nothing", func(t *testing.T) {
			var tried []*crm.Event
			left := filesLeft(t, o)
			changesNothing(t, o, func() {
				try := crm.WithManner(o.As(crmtest.Peter), crm.Manner{Try: func(events []*crm.Event) { tried = events }})
				answer := must2(o.Contacts.Export(try, crm.ExportPersonalDataInput{ID: person.ID}))(t)
				equal(t, "file", answer.File, nil)
				_, err := o.Contacts.Export(try, crm.ExportPersonalDataInput{ID: "con_00000000000000000000000000"})
				refused(t, err, crm.NotFound, "input", "id")
			})
			equal(t, "loose files", filesLeft(t, o), left)
			sameList(t, "would log", kinds(tried), []crm.EventKind{crm.ContactExportedEvent})
		})
		t.Run("is for administrators, and of somebody", func(t *testing.T) {
			must2(anonymize(o, person.ID))(t)
			o.Signals()
			changesNothing(t, o, func() {
				for _, who := range []string{crmtest.Ruben, crmtest.Sanne} {
					_, err := o.Contacts.Export(o.As(who), crm.ExportPersonalDataInput{ID: o.Contact("Rik Scholten").ID})
					refused(t, err, crm.Forbidden)
				}
				_, err := o.Contacts.Export(o.As(crmtest.Peter), crm.ExportPersonalDataInput{ID: person.ID})
				refused(t, err, crm.ContactAnonymized, "input", "id")
				_, err = o.Contacts.Export(o.As(crmtest.Peter), crm.ExportPersonalDataInput{ID: "con_00000000000000000000000000"})
				refused(t, err, crm.NotFound, "input", "id")
			})
		})
		t.Run("keeps nothing when the record cannot be made", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Contacts.Export(crm.WithManner(o.As(crmtest.Peter), crm.Manner{Key: strings.Repeat("x", 1000)}), crm.ExportPersonalDataInput{ID: o.Contact("Rik Scholten").ID})
				refused(t, err, crm.BadInput)
			})
		})
	})
}
