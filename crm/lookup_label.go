package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// Some lists name what is fixed in the program: the code of a value says what it names, its text is what the office
// calls that.

// namedValue is something fixed in the program, and the product's own word for it.
type namedValue struct {
	code string
	word Text
}

// namedBy is what the values of a list name; nothing where they name nothing.
func namedBy(list LookupListKey) []namedValue {
	switch list {
	case AttentionLabelList:
		return []namedValue{
			{"INFO", Text{NL: "Ter informatie", EN: "For information"}}, {"WARNING", Text{NL: "Waarschuwing", EN: "Warning"}},
			{"CRITICAL", Text{NL: "Kritiek", EN: "Critical"}},
		}
	case ConversationList:
		return []namedValue{
			{string(phoneChannel), Text{NL: "Telefoon", EN: "Phone"}}, {"VISIT", Text{NL: "Bezoek", EN: "Visit"}},
			{"VIDEO", Text{NL: "Video", EN: "Video"}}, {"CHAT", Text{NL: "Chat", EN: "Chat"}}, {"EVENT", Text{NL: "Bijeenkomst", EN: "Event"}},
		}
	case VatRegimeLabelList:
		return []namedValue{
			{string(standardVat), Text{NL: "Hoog tarief", EN: "Standard rate"}}, {"REVERSE_CHARGE", Text{NL: "Btw verlegd", EN: "Reverse charge"}},
			{"EU_REVERSE_CHARGE", Text{NL: "Btw verlegd binnen de EU", EN: "Reverse charge within the EU"}}, {"EXEMPT", Text{NL: "Vrijgesteld", EN: "Exempt"}},
		}
	}
	return nil
}

// Labels gives for each code what the office calls what it stands for: the text of the value in use of the list that
// has the code, or else the product's own word; in one statement for any number of them.
func (s *Lookups) Labels(ctx context.Context, list LookupListKey, codes []string) ([]string, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	values, err := db.Rows[*LookupValue](ctx, conn,
		"SELECT t.code, t.text FROM lookup_values AS t WHERE t.organization_id = ? AND t.list = ? AND t.active AND t.code IS NOT NULL",
		string(actor.OrganizationID), string(list))
	if err != nil {
		return nil, fmt.Errorf("labels of %s: %w", list, err)
	}
	words := make(map[string]string)
	for _, named := range namedBy(list) {
		words[named.code] = named.word.In(actor.Language)
	}
	for _, value := range values {
		words[*value.Code] = value.Text
	}
	labels := make([]string, len(codes))
	for i, code := range codes {
		labels[i] = words[code]
	}
	return labels, nil
}

// checkCode refuses a new code that stands for nothing, in a list that names what is fixed in the program.
func (f LookupValueFields) checkCode(v *LookupValue, p *patching) {
	named := namedBy(v.List)
	if named == nil || !set(f.Code) || v.Code == nil {
		return
	}
	var codes string
	for i, one := range named {
		if one.code == *v.Code {
			return
		}
		if i > 0 {
			codes += ", "
		}
		codes += one.code
	}
	if !p.refused("code") {
		p.refuse("code", Text{NL: "De code is een van " + codes + ".", EN: "The code is one of " + codes + "."})
	}
}
