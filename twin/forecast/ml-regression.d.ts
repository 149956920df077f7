/** The parts of ml-regression 6 that the models use; the package ships no types. */
declare module 'ml-regression' {
  export class SimpleLinearRegression {
    constructor(x: readonly number[], y: readonly number[]);
    readonly slope: number;
    readonly intercept: number;
    predict(x: number): number;
  }
  export class PolynomialRegression {
    constructor(x: readonly number[], y: readonly number[], degree: number);
    readonly coefficients: readonly number[];
    predict(x: number): number;
  }
  export class TheilSenRegression {
    constructor(x: readonly number[], y: readonly number[]);
    readonly slope: number;
    readonly intercept: number;
    predict(x: number): number;
  }
}
