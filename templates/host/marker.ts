/** First line of every file that is written for a program with comments of this kind. */
export const marker = "# Written by ha-monitoring; changes made here are overwritten.";
