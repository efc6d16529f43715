package crm

import (
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// definitionPart is an element of a definition, as it is read and written.
type definitionPart struct {
	name       string
	attributes map[string]string
	parts      []*definitionPart
	text       string
}

// definitionShape is what an element can hold; one without a shape holds text.
type definitionShape struct{ attributes, once, many []string }

// errNoDefinition is what is wrong with a text that is no plain XML: it has one element, and neither a document type nor
// entities of its own, so that nothing in it stands for what is elsewhere, or for more than is there.
var errNoDefinition = errors.New("no plain XML")

// parseDefinition reads a text as plain XML.
func parseDefinition(text string) (*definitionPart, error) {
	decoder := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	above := []*definitionPart{{}}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errNoDefinition
		}
		within := above[len(above)-1]
		switch token := token.(type) {
		case xml.StartElement:
			part := newDefinitionPart(token)
			within.parts, above = append(within.parts, part), append(above, part)
		case xml.EndElement:
			above = above[:len(above)-1]
		case xml.CharData:
			within.text += string(token)
		case xml.Directive:
			return nil, errNoDefinition
		}
	}
	if len(above[0].parts) != 1 || strings.TrimSpace(above[0].text) != "" {
		return nil, errNoDefinition
	}
	return above[0].parts[0], nil
}

func newDefinitionPart(start xml.StartElement) *definitionPart {
	part := &definitionPart{name: qualified(start.Name), attributes: make(map[string]string)}
	for _, attribute := range start.Attr {
		part.attributes[qualified(attribute.Name)] = attribute.Value
	}
	return part
}

// qualified keeps a name of another namespace apart from those that a definition knows.
func qualified(name xml.Name) string {
	if name.Space == "" {
		return name.Local
	}
	return name.Space + ":" + name.Local
}

// stray gives the path of what does not belong in an element or below; empty where everything does.
func (p *definitionPart) stray(at string) string {
	shape, holdsParts := definitionShapes()[at]
	for _, name := range slices.Sorted(maps.Keys(p.attributes)) {
		if !slices.Contains(shape.attributes, name) {
			return at + "." + name
		}
	}
	if holdsParts && len(shape.once)+len(shape.many) > 0 && strings.TrimSpace(p.text) != "" {
		return at
	}
	seen := make(map[string]bool)
	for _, part := range p.parts {
		below := at + "." + part.name
		if !slices.Contains(shape.many, part.name) && (!slices.Contains(shape.once, part.name) || seen[part.name]) {
			return below
		}
		seen[part.name] = true
		if found := part.stray(below); found != "" {
			return found
		}
	}
	return ""
}

// part finds an element; an empty one where there is none.
func (p *definitionPart) part(name string) *definitionPart {
	for _, part := range p.parts {
		if part.name == name {
			return part
		}
	}
	return &definitionPart{}
}

// optional is the text of an element; nil where it is absent or blank.
func (p *definitionPart) optional(name string) *string {
	if text := strings.TrimSpace(p.part(name).text); text != "" {
		return &text
	}
	return nil
}

// texts are those of all elements of a name.
func (p *definitionPart) texts(name string) []string {
	var texts []string
	for _, part := range p.parts {
		if part.name == name {
			texts = append(texts, strings.TrimSpace(part.text))
		}
	}
	return texts
}

// add puts an element behind the others.
func (p *definitionPart) add(name, text string) *definitionPart {
	part := &definitionPart{name: name, text: text, attributes: make(map[string]string)}
	p.parts = append(p.parts, part)
	return part
}

// MarshalXML writes the element, its attributes in the order in which a definition names them.
func (p *definitionPart) MarshalXML(encoder *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: xml.Name{Local: p.name}}
	for _, name := range []string{"version", "cardType", "archived", "direction"} {
		if value, given := p.attributes[name]; given {
			start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: name}, Value: value})
		}
	}
	return encoder.EncodeElement(struct {
		Text  string `xml:",chardata"`
		Parts []*definitionPart
	}{p.text, p.parts}, start)
}
