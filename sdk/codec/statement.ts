// Written next.
export {}
