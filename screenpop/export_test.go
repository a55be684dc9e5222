package screenpop

// Remembered is how many calls the broker keeps books of.
func (b *Broker) Remembered() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}
