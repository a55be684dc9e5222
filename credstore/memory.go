package credstore

import "sync"

// Memory keeps secrets until the program ends: the choice of a person who
// prefers to be asked each time. The zero value is ready for use.
type Memory struct {
	mu      sync.Mutex
	secrets map[string]Secret
}

// NewMemory gives an empty store.
func NewMemory() *Memory { return &Memory{} }

// Kind is "memory".
func (m *Memory) Kind() string { return KindMemory }

// Get reads a secret.
func (m *Memory) Get(name string) (Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.secrets[name]
	if !ok {
		return Secret{}, ErrNotFound
	}
	return s, nil
}

// Set keeps a secret.
func (m *Memory) Set(name string, s Secret) error {
	if err := checkSize(s); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secrets == nil {
		m.secrets = map[string]Secret{}
	}
	m.secrets[name] = s
	return nil
}

// Delete forgets a secret.
func (m *Memory) Delete(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.secrets, name)
	return nil
}
