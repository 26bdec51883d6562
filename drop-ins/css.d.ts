/** Styles as the build treats them: a text to adopt, or (imported for their own sake) a file beside the script. */
declare module '*.css?inline' {
  const css: string
  export default css
}
declare module '*.css'
