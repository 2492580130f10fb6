export const group = 'beyond-two-layers';

/** Test accuracy: 16 prepared sets of data/delgado (hill-valley, 100 columns, is left out for its time) and four plain ones. */
export const uci = {
  sets: [
    'blood',
    'breast-cancer',
    'breast-cancer-wisc-diag',
    'fertility',
    'haberman',
    'heart-cleveland',
    'heart-hungarian',
    'hepatitis',
    'horse-colic',
    'ilpd-indian-liver',
    'ionosphere',
    'iris',
    'mammographic',
    'monks-1',
    'parkinsons',
    'pima',
    'planning',
    'spectf',
    'statlog-heart',
    'tic-tac-toe',
  ],
  seeds: [1, 2, 3, 4, 5],
  /** Largest first: of equal validation accuracies the larger λ is taken. */
  lambdas: [0.2, 0.06, 0.02],
  most: 120,
  width: 2,
  sgdSteps: 3000,
  rates: [0.1, 0.03],
  rounds: 2,
} as const;
