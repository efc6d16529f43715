package graph_test

import (
	"errors"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/graph/generated"
)

// TestNothingIsGeneratedAsModel wants every type of the schema to be named in crm or page.
func TestNothingIsGeneratedAsModel(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("generated/models.go"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("generated/models.go is there (%v): crm lacks a type of the schema", err)
	}
}

// TestTagsNameFieldsOfTheSchema finds misspelt tags, which would leave a column unread.
func TestTagsNameFieldsOfTheSchema(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{"accountManagerId": true, "contactId": true, "handlerId": true, "projectLeaderId": true} // ids in the log
	for _, definition := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		for _, field := range definition.Fields {
			fields[field.Name] = true
		}
	}
	for _, model := range []reflect.Type{
		reflect.TypeFor[crm.CardFrame](), reflect.TypeFor[crm.Customer](), reflect.TypeFor[crm.Contact](),
		reflect.TypeFor[crm.Dossier](), reflect.TypeFor[crm.Message](), reflect.TypeFor[crm.InvoiceFrame](), reflect.TypeFor[crm.Event](),
	} {
		for i := range model.NumField() {
			tag := model.Field(i).Tag
			for _, name := range strings.Split(tag.Get("read")+","+tag.Get("change"), ",") {
				if name != "" && name != "-" && !fields[name] {
					t.Errorf("%s.%s: the schema has no field %q", model.Name(), model.Field(i).Name, name)
				}
			}
		}
	}
}
