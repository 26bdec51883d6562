/**
 * The questions of the sandbox: made up, about nobody. As in Dwolla's sandbox the last answer is the right one, and
 * says that none of the others is.
 */
export type Question = {
  readonly id: string
  readonly text: string
  readonly answers: readonly { readonly id: string; readonly text: string }[]
}

const none = 'None of the above'
const noVehicle = 'I have never been associated with this vehicle'

const table: readonly { readonly text: string; readonly answers: readonly [string, string, string, string, string] }[] =
  [
    {
      text: 'On which of these streets did you once live?',
      answers: ['Alder Way', 'Birch Row', 'Cedar Hill', 'Dogwood Path', none],
    },
    {
      text: 'Which of these employers has paid you a salary?',
      answers: ['Harbor Foods', 'Lantern Press', 'Quarry Tools', 'Tidewater Rail', none],
    },
    {
      text: 'In which of these towns do you own land?',
      answers: ['Ashford', 'Brookhaven', 'Clearwater', 'Dunmore', none],
    },
    {
      text: 'Which of these schools did you attend?',
      answers: ['Elm Street School', 'Fairview High', 'Grantham College', 'Hillside Academy', none],
    },
    {
      text: 'With which of these people have you shared an address?',
      answers: ['Avery Stone', 'Blake Rivers', 'Casey Wells', 'Drew Marsh', none],
    },
    {
      text: 'Which of these lenders holds a mortgage of yours?',
      answers: ['Anchor Savings', 'Beacon Mutual', 'Compass Trust', 'Delta Lending', none],
    },
    {
      text: 'In what year was the 2009 blue sedan registered to you?',
      answers: ['2010', '2011', '2012', '2013', noVehicle],
    },
    {
      text: 'In which state did you register a silver pickup?',
      answers: ['Iowa', 'Kansas', 'Nebraska', 'Ohio', noVehicle],
    },
    { text: 'What color is the motorcycle in your name?', answers: ['Black', 'Green', 'Red', 'White', noVehicle] },
  ]

export const questionsOfSession = 4

/**
 * Four different questions, and ids for them and their answers.
 * @param id a UUID: what is drawn depends on it alone
 */
export const drawQuestions = (id: string): Question[] => {
  const left = [...table]
  let rest = Number.parseInt(id.slice(-12), 16)
  let lastId = 1_000_000_000 + Number.parseInt(id.slice(0, 8), 16)
  const nextId = () => String(++lastId)
  return Array.from({ length: questionsOfSession }, () => {
    const [drawn] = left.splice(rest % left.length, 1)
    if (!drawn) throw new Error('there are fewer questions than a session asks')
    rest = Math.floor(rest / table.length)
    return { id: nextId(), text: drawn.text, answers: drawn.answers.map((text) => ({ id: nextId(), text })) }
  })
}
