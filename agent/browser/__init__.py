"""The chat in the browser, in Chainlit's words: messages, steps, elements, actions. What is shown is made elsewhere."""
