package crmtest

import (
	"strings"

	"klantkaart/crm"
)

// DocumentTemplate reads a template by its name.
func (o *Office) DocumentTemplate(name string) *crm.DocumentTemplate {
	o.t.Helper()
	template := new(crm.DocumentTemplate)
	one(o, template, "name = ?", name)
	return template
}

// Upload gives a colleague a file that belongs to nothing yet.
func (o *Office) Upload(who, name, content string) *crm.File {
	o.t.Helper()
	return Must(o.Files.Upload(o.As(who), name, strings.NewReader(content), 1<<20))(o.t)
}
