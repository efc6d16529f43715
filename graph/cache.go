package graph

import (
	"container/list"
	"sync"
)

const (
	// maxRemembered bounds the memory of the documents that are remembered, in bytes.
	maxRemembered = 64 << 20
	// bytesPerByte is what a byte of a document takes at most once it is read, measured with a value
	// in every second byte; an ordinary document takes a tenth of it.
	bytesPerByte = 120
)

// cache remembers the documents that were used last. A document of the largest size can stand for
// megabytes, so that it is their memory that is bounded, not their number.
type cache struct {
	mu       sync.Mutex
	room     int // bytes left
	entries  map[string]*list.Element
	lastUsed *list.List // of *entry, the last used in front
}

type entry struct {
	text string
	doc  *document
}

// cost is the memory of the entry in bytes, at most.
func (e *entry) cost() int { return len(e.text) * bytesPerByte }

func newCache(room int) *cache {
	return &cache{room: room, entries: map[string]*list.Element{}, lastUsed: list.New()}
}

func (c *cache) get(text string) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.entries[text]
	if !ok {
		return nil
	}
	c.lastUsed.MoveToFront(found)
	return found.Value.(*entry).doc
}

func (c *cache) add(text string, doc *document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.entries[text]; known {
		return
	}
	added := &entry{text, doc}
	c.entries[text] = c.lastUsed.PushFront(added)
	c.room -= added.cost()
	for c.room < 0 {
		oldest := c.lastUsed.Remove(c.lastUsed.Back()).(*entry)
		delete(c.entries, oldest.text)
		c.room += oldest.cost()
	}
}
