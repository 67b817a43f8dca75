// Promise: a cohort of one's own is read whole; what cannot be used is named by file, line and reason.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { readCohort } from '../src/cohort/cohort.ts'
import { CohortError, parseTable, splitLine } from '../src/cohort/csv.ts'
import { runDemo } from './demo.ts'

const clean: Readonly<Record<string, string>> = {
  'courses.csv': 'code_module,code_presentation,module_presentation_length\nBBB,2014B,100\n',
  'assessments.csv': 'code_module,code_presentation,id_assessment,assessment_type,date,weight\nBBB,2014B,1,TMA,10,40\nBBB,2014B,2,CMA,20,7.5\nBBB,2014B,3,Exam,,100\n',
  'vle.csv': 'id_site,code_module,code_presentation,activity_type,week_from,week_to\n77,BBB,2014B,quiz,,\n',
  'studentRegistration.csv': 'code_module,code_presentation,id_student,date_registration,date_unregistration\nBBB,2014B,17,-5,\nBBB,2014B,18,3,1\nBBB,2014B,19,-9,12\n',
  'studentAssessment.csv': 'id_assessment,id_student,date_submitted,is_banked,score\n1,17,9,0,80\n2,17,20,0,60\n3,17,90,0,55\n1,19,-30,1,70\n',
  'studentVle.csv': 'code_module,code_presentation,id_student,id_site,date,sum_click\nBBB,2014B,17,77,-8,4\nBBB,2014B,18,77,50,2\n',
}

const folders: string[] = []
function cohortFolder(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const folder = mkdtempSync(`${tmpdir()}/cohort-`)
  folders.push(folder)
  for (const [file, text] of Object.entries({ ...clean, ...changes })) if (text !== undefined) writeFileSync(`${folder}/${file}`, text)
  return folder
}
const append = (file: string, ...lines: string[]): Record<string, string> => ({ [file]: `${clean[file] ?? ''}${lines.join('\n')}\n` })

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('splitting a line', () => {
  test('undoes quoting, for any fields', () => {
    fc.assert(
      fc.property(fc.array(fc.string().map((text) => text.replaceAll(/[\r\n]/g, ' ').trim()), { minLength: 1 }), (fields) => {
        const line = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')
        expect(splitLine(line)).toEqual(fields)
      }),
    )
  })

  test('gives nothing for a quote that is never closed, and loses no line after it', () => {
    expect(splitLine('a,"b')).toBeUndefined()
    const { rows, skipped } = parseTable('x.csv', 'a,b\n1,"2\n3,4\n', ['a', 'b'])
    expect(rows).toEqual([{ line: 3, fields: { a: '3', b: '4' } }])
    expect(skipped).toEqual([{ file: 'x.csv', line: 2, reason: 'a quoted field is not closed' }])
  })
})

describe('a table', () => {
  test('is read by the names of its columns, with a byte order mark, carriage returns, quotes and further columns', () => {
    const { rows } = parseTable('x.csv', '\uFEFF"b",extra,"a"\r\n"2",x,"1"\r\n', ['a', 'b'])
    expect(rows).toEqual([{ line: 2, fields: { a: '1', b: '2' } }])
  })

  test('without a column is refused with a sentence that names it', () => {
    expect(() => parseTable('x.csv', 'a,c\n', ['a', 'b'])).toThrow(new CohortError('x.csv has no column "b"; expected the columns a, b and found a, c'))
  })
})

describe('a cohort', () => {
  test('happens by day, and within a day registrations, submissions, clicks, withdrawals, each in the order of its file', () => {
    const { events, skipped } = readCohort(cohortFolder())
    expect(skipped).toEqual([])
    expect(events.map(({ type, day, student }) => `${day} ${type} ${student}`)).toEqual([
      '-9 registration 19',
      // Banked in an earlier year: counts from the enrolment on.
      '-9 submission 19',
      // Clicks count whatever the day, also before the registration.
      '-8 clicks 17',
      '-5 registration 17',
      '3 registration 18',
      // Withdrew before registering: takes effect on the day of registration.
      '3 withdrawal 18',
      '9 submission 17',
      '12 withdrawal 19',
      '20 submission 17',
      '50 clicks 18',
      '90 submission 17',
    ])
  })

  test.each([
    ['studentRegistration.csv', 'BBB,2014B,20,,', 'no date_registration'],
    ['studentRegistration.csv', 'BBB,2014B,20,soon,', 'date_registration "soon" is no number'],
    ['studentRegistration.csv', 'BBB,2014B,twenty,1,', 'id_student "twenty" is no number'],
    ['studentRegistration.csv', 'BBB,2014B,17,1,', 'student 17 is registered already'],
    ['studentRegistration.csv', 'ZZZ,2014B,20,1,', 'unknown course ZZZ-2014B'],
    ['studentRegistration.csv', 'BBB,2014B,20', 'the line is cut short: 3 of 5 fields'],
    ['studentAssessment.csv', '1,18,4,0,', 'no score'],
    ['studentAssessment.csv', '1,17,4,0,seventy', 'score "seventy" is no number'],
    ['studentAssessment.csv', '1,17,4,0,101', 'score 101 is outside 0 to 100'],
    ['studentAssessment.csv', '9,17,4,0,50', 'unknown assessment 9'],
    ['studentAssessment.csv', '1,99,4,0,50', 'unknown student 99: no usable registration'],
    ['studentAssessment.csv', '2,17,-6,0,50', 'submitted on day -6, before the enrolment on day -5'],
    ['studentAssessment.csv', '2,19,13,0,50', 'submitted on day 13, after the withdrawal on day 12'],
    ['studentAssessment.csv', '1,17,12,0,50', 'student 17 has submitted assessment 1 already'],
    ['studentAssessment.csv', '2,17,', 'the line is cut short: 3 of 5 fields'],
    ['studentVle.csv', 'BBB,2014B,17,77,1,many', 'sum_click "many" is no number'],
    ['studentVle.csv', 'BBB,2014B,17,77,1,-3', 'sum_click -3 is outside 0 to 1000000000'],
    ['studentVle.csv', 'BBB,2014B,17,77,1,2.5', 'sum_click 2.5 is no whole number'],
    ['studentVle.csv', 'BBB,2014B,17,seven,1,3', 'id_site "seven" is no number'],
    ['studentVle.csv', 'BBB,2014B,17,77,1,2000000000', 'sum_click 2000000000 is outside 0 to 1000000000'],
    ['studentAssessment.csv', '1,17,4,2,50', 'is_banked 2 is outside 0 to 1'],
    ['assessments.csv', 'BBB,2014B,9,TMA,10,-4', 'weight -4 is outside 0 to 100'],
    ['courses.csv', 'B B,2014B,100', 'course "B B-2014B" has other characters than letters, digits and . : - _'],
    ['studentVle.csv', 'BBB,2014B,99,77,1,3', 'unknown student 99: no usable registration'],
    ['studentVle.csv', 'BBB,2014B,17,77,,3', 'no date'],
  ])('skips a broken row of %s (%s) and nothing else', (file, line, reason) => {
    const before = readCohort(cohortFolder())
    const { events, skipped } = readCohort(cohortFolder(append(file, line)))
    expect(skipped).toEqual([{ file, line: (clean[file] ?? '').split('\n').length, reason }])
    expect(events).toEqual(before.events)
  })

  test('written by a table tool, with 17.0 for 17, is the same cohort', () => {
    const text = 'code_module,code_presentation,id_student,date_registration,date_unregistration\nBBB,2014B,17.0,-5.0,\nBBB,2014B,018,3,1.0\nBBB,2014B,19,-9,12\n'
    expect(readCohort(cohortFolder({ 'studentRegistration.csv': text })).events).toEqual(readCohort(cohortFolder()).events)
  })

  test('with a missing file names the file', () => {
    expect(() => readCohort(cohortFolder({ 'vle.csv': undefined }))).toThrow(/cannot read .*vle\.csv/)
  })
})

describe('the command', () => {
  test('replays a cohort of another presentation, skips its broken rows and loses nothing else', async () => {
    const folder = cohortFolder({
      ...append('studentAssessment.csv', '1,18,4,0,', '1,99,4,0,50'),
      ...append('studentVle.csv', 'BBB,2014B,17', 'BBB,2014B,17,77,2,5'),
    })
    const { status, report, output } = await runDemo(['--replay', folder, '--headless', '--seed', 's'])
    expect(status, output).toBe(0)
    expect(report).toMatchObject({
      cohort: { registered: 3, withdrawn: 2 },
      // 17 is divisible by seventeen: its first card is declined.
      enrolments: { started: 4, completed: 3, compensated: 1, stuck: 0 },
      withdrawals: { completed: 2 },
      progress: { submissions: 4, students: { 17: 36.5, 19: 28 }, exams: { 17: 55 } },
      activity: { clicks: 11, students: { 17: 9, 18: 2 } },
      skipped: [
        { file: 'studentAssessment.csv', line: 6, reason: 'no score' },
        { file: 'studentAssessment.csv', line: 7, reason: 'unknown student 99: no usable registration' },
        { file: 'studentVle.csv', line: 4, reason: 'the line is cut short: 3 of 6 fields' },
      ],
      lost: [],
    })
  })

  test.each([
    ['a missing file', { 'studentVle.csv': undefined }, /cannot read .*studentVle\.csv: it is not there; a cohort is six files/],
    ['a missing column', { 'courses.csv': 'code_module,code_presentation\nBBB,2014B\n' }, /courses\.csv has no column "module_presentation_length"/],
  ])('ends on %s with one clear sentence and status 2', async (_what, changes, sentence) => {
    const { status, errors, output } = await runDemo(['--replay', cohortFolder(changes), '--headless'])
    expect({ status, output }).toEqual({ status: 2, output: '' })
    expect(errors).toMatch(sentence)
    expect(errors.trim().split('\n')).toHaveLength(1)
  })

  test.each([
    [['--speed', 'fast'], '--speed takes course days a second'],
    [['--chaos', 'earthquake'], '--chaos earthquake is unknown; choose from payment-dark'],
    [['--postgres'], '--postgres is not built yet'],
    [['--unknown'], "Unknown option '--unknown'"],
    [['dance'], '"dance" is no command'],
    [['--seed', ''], '--seed takes a text'],
    [['--port', ''], '--port takes a number'],
  ])('ends on %j with one clear sentence and status 2', async (flags, sentence) => {
    const { status, errors } = await runDemo(flags)
    expect(status).toBe(2)
    expect(errors).toContain(sentence)
    expect(errors.trim().split('\n')).toHaveLength(1)
  })

  test('finds out at the start that a report cannot be written, or that a folder of stores was used before', async () => {
    const folder = cohortFolder()
    const nowhere = await runDemo(['--replay', folder, '--headless'], { report: `${folder}/nowhere/report.json` })
    expect(nowhere.status).toBe(2)
    expect(nowhere.errors).toMatch(/^--report .*nowhere\/report\.json cannot be written/)
    mkdirSync(`${folder}/used/dublin`, { recursive: true })
    const used = await runDemo(['--replay', folder, '--headless'], { data: `${folder}/used` })
    expect(used.status).toBe(2)
    expect(used.errors).toMatch(/holds the stores of an earlier run/)
  })

  test('keeps quiet stretches of the course apart from stalls, and ends its JSON with the report', async () => {
    const { status, output } = await runDemo(['--replay', cohortFolder(), '--headless', '--speed', '30', '--json'])
    expect(status).toBe(0)
    const lines = output.trim().split('\n').map((line) => JSON.parse(line) as { readonly type: string })
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.findIndex(({ type }) => type === 'report')).toBe(lines.length - 1)
  })
})
