// Writes docs/api/openapi.json from the routes: `npm run openapi`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { documentFile, openApiDocument, textOf } from './openapi-document.ts'

mkdirSync(new URL('.', documentFile), { recursive: true })
writeFileSync(documentFile, textOf(await openApiDocument()))
